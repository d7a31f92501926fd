// Package booking holds the messages of ExternalBookingService, generated from the contract.
package booking
