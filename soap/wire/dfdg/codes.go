package dfdg

// Values of BookingStatusTypeIdentifier. That a status exists is told, its numbers are not.
const (
	StatusBooked    = 1
	StatusCancelled = 2
	StatusConfirmed = 3 // the citizen has confirmed to come
	StatusExcused   = 4 // the citizen has sent an excuse (afbud)
)

// Values of ClientSystemTypeIdentifier and OwnerSystemTypeIdentifier. 30 and 32 are told, and that the list
// has the planner and the case systems; their numbers are not.
const (
	SystemPlanner    = 20
	SystemCaseSystem = 21
	SystemDFDG       = 30
	SystemJobnet     = 32
)
