package bookingform

import (
	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/wire/booking"
)

// Supervisor names a case worker.
func Supervisor(w planner.CaseWorker) booking.CaseWorkerStructureType {
	return booking.CaseWorkerStructureType{
		CaseWorkerGivenName:  Required[booking.PersonGivenNameType](w.GivenName, maxGivenName, "-"),
		CaseWorkerMiddleName: Optional[booking.PersonMiddleNameType](w.MiddleName, maxName),
		CaseWorkerSurname:    Required[booking.PersonSurnameNameType](w.Surname, maxName, "-"),
		// Never cut: it comes back to us. What is longer, the contract could not have brought.
		CaseWorkerIdentifier: booking.CaseWorkerIdentifierType(w.Identifier),
	}
}
