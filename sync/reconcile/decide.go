package reconcile

// Decide says what must change so that both calendars tell the same story about one item. It is
// total and depends on nothing but its arguments; an absent Remote is taken at its word (Plan knows
// when it cannot be).
func Decide(it Item, r Rules) Decision {
	d := Decision{Item: it.ID, Owner: it.Owner}
	switch it.Owner {
	case PlannerOwns:
		d.Verb, d.Reason, d.Restores = booking(it, r)
	case OutlookOwns:
		d.Verb, d.Reason = busyBlock(it)
	default:
		d.Verb, d.Reason = retired(it)
	}
	return d
}

func booking(it Item, r Rules) (Verb, Reason, int) {
	base, local, remote := it.Base, it.Local, it.Remote
	switch {
	case local == remote && local == base && it.Flagged:
		return Remember, Settled, it.Restores
	case local == remote && local == base:
		return Nothing, InStep, it.Restores
	case local == "" && remote == "":
		return Forget, GoneBoth, 0
	case local == remote && base == "":
		return Remember, BothAgree, it.Restores
	case local == remote:
		return Remember, BothAgree, 0

	case local == "" && base == "":
		// Not "delete": after a restored backup every event made since then looks like this.
		return Report, Orphan, 0
	case local == "" && remote == base:
		return DeleteRemote, BookingCancelled, 0
	case local == "":
		return DeleteRemote, CancelledEditLost, 0

	case remote == "" && base == "":
		return CreateRemote, NewBooking, it.Restores
	case remote == "" && local != base:
		return CreateRemote, ChangedAndDeleted, 0
	case remote == "":
		return deleted(it, r)

	case base == "":
		return UpdateRemote, FoundDifferent, it.Restores
	case remote == base:
		return UpdateRemote, BookingChanged, 0
	case local != base:
		return UpdateRemote, BothChanged, 0
	default:
		return edited(it, r)
	}
}

// deleted: only Outlook changed, and the event is gone. A citizen's appointment stands unless the
// municipality says otherwise, and we do not fight somebody who deletes it twice.
func deleted(it Item, r Rules) (Verb, Reason, int) {
	switch {
	case r.Delete == CancelDeleted:
		return CancelLocal, DeletedInOutlook, 0
	case it.Flagged:
		return Nothing, Waiting, it.Restores
	case it.Restores >= r.MaxRestores:
		return Flag, DeletedAgain, it.Restores
	default:
		return CreateRemote, DeletedInOutlook, r.MaxRestores
	}
}

// edited: only Outlook changed, and the event is there. Putting it back is bounded, because another
// program may be doing the same from the other end.
func edited(it Item, r Rules) (Verb, Reason, int) {
	why := EditedInOutlook
	if it.TimeMoved {
		why = MovedInOutlook
	}
	switch {
	case it.TimeMoved && r.Move == AcceptMove:
		return MoveLocal, why, 0
	case it.Flagged:
		return Nothing, Waiting, it.Restores
	case it.Restores >= r.MaxRestores:
		return Flag, EditedTooOften, it.Restores
	default:
		return UpdateRemote, why, it.Restores + 1
	}
}

func busyBlock(it Item) (Verb, Reason) {
	base, local, remote := it.Base, it.Local, it.Remote
	switch {
	case local == remote && local == base:
		return Nothing, InStep
	case local == "" && remote == "":
		return Forget, GoneBoth
	case local == remote:
		return Remember, BothAgree

	case remote == "" && base == "":
		return DeleteLocal, BlockUnknown
	case remote == "":
		return DeleteLocal, AppointmentGone

	case local == "" && base == "":
		return CreateLocal, NewAppointment
	case local == "":
		return CreateLocal, BlockLost

	case local == base:
		return UpdateLocal, AppointmentChanged
	default:
		return UpdateLocal, BlockDiffers
	}
}

func retired(it Item) (Verb, Reason) {
	if it.Remote == "" {
		return Nothing, StaysGone
	}
	return DeleteRemote, Returned
}
