// Package bookingform puts what the planner knows of a meeting into the forms of the booking contract: for citizens who
// ask (soap/externalbooking) and for DFDG's register (soap/dfdgregister), so that both are told the same.
//
// Rows may hold what the contract has no form for. Texts are cut to its lengths, numbers and addresses without a
// form are left out or told in words: a message that breaks the schema would be refused whole.
//
// Functions are pure and safe for concurrent use; what they return is the caller's.
package bookingform
