// Package calendar holds the messages of PlannerExternalCalendarService, generated from the contract.
package calendar
