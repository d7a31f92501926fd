package reconcile

// Decide says what must change so that both calendars tell the same story about one item. It is
// total and depends on nothing but its arguments; an absent Remote is taken at its word (Make
// knows when it cannot be).
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
	case local == remote && local == base && base != "" && it.Flagged:
		return Remember, ReasonSettled, it.Restores
	case local == remote && local == base && !(it.Sent && base == ""):
		return Nothing, ReasonInStep, it.Restores
	case local == "" && remote == "":
		return Forget, ReasonGoneBoth, 0
	case local == remote && base == "":
		return Remember, ReasonBothAgree, it.Restores
	case local == remote:
		return Remember, ReasonBothAgree, 0

	case local == "" && base == "" && !it.Sent:
		// Not "delete": after a restored backup every event made since then looks like this.
		return Report, ReasonOrphan, it.Restores
	case local == "" && (remote == base || base == ""):
		return DeleteRemote, ReasonRemovedByOwner, 0
	case local == "":
		return DeleteRemote, ReasonCancelledEditLost, 0

	case remote == "" && base == "":
		return CreateRemote, ReasonNew, it.Restores
	case remote == "" && local != base:
		return CreateRemote, ReasonChangedAndDeleted, 0
	case remote == "":
		return deleted(it, r)

	case base == "":
		return UpdateRemote, ReasonFoundDifferent, it.Restores
	case remote == base:
		return UpdateRemote, ReasonChangedByOwner, 0
	case local != base:
		return UpdateRemote, ReasonBothChanged, 0
	default:
		return edited(it, r)
	}
}

// deleted: only Outlook changed, and the event is gone. A citizen's appointment stands unless the
// municipality says otherwise, and we do not fight somebody who deletes it twice.
func deleted(it Item, r Rules) (Verb, Reason, int) {
	switch {
	case r.Delete == CancelDeleted:
		return CancelLocal, ReasonDeletedInOutlook, 0
	case it.Flagged:
		return Nothing, ReasonWaiting, it.Restores
	case it.Restores >= r.MaxRestores:
		return Flag, ReasonDeletedAgain, it.Restores
	default:
		return CreateRemote, ReasonDeletedInOutlook, r.MaxRestores
	}
}

// edited: only Outlook changed, and the event is there. Putting it back is bounded, because another
// program may be doing the same from the other end.
func edited(it Item, r Rules) (Verb, Reason, int) {
	why := ReasonEditedInOutlook
	if it.TimeMoved {
		why = ReasonMovedInOutlook
	}
	switch {
	case it.TimeMoved && r.Move == AcceptMoves:
		return AcceptMove, why, 0
	case it.Flagged:
		return Nothing, ReasonWaiting, it.Restores
	case it.Restores >= r.MaxRestores:
		return Flag, ReasonEditedTooOften, it.Restores
	default:
		return UpdateRemote, why, it.Restores + 1
	}
}

func busyBlock(it Item) (Verb, Reason) {
	base, local, remote := it.Base, it.Local, it.Remote
	switch {
	case local == remote && local == base:
		return Nothing, ReasonInStep
	case local == "" && remote == "":
		return Forget, ReasonGoneBoth
	case local == remote:
		return Remember, ReasonBothAgree

	case remote == "" && base == "":
		return DeleteLocal, ReasonBlockUnknown
	case remote == "":
		return DeleteLocal, ReasonAppointmentGone

	case local == "" && base == "":
		return CreateLocal, ReasonNewAppointment
	case local == "":
		return CreateLocal, ReasonBlockLost

	case local == base:
		return UpdateLocal, ReasonAppointmentChanged
	default:
		return UpdateLocal, ReasonBlockDiffers
	}
}

func retired(it Item) (Verb, Reason) {
	if it.Remote == "" {
		return Nothing, ReasonReplacedStaysGone
	}
	return DeleteRemote, ReasonReplacedCameBack
}
