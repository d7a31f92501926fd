package externalcalendar

import (
	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire"
	"kommunalplanner.example/soap/wire/calendar"
)

// receiptCode is a CalendarEventReceiptErrorCode.
type receiptCode int32

const (
	codeDone         receiptCode = 0
	codeUnknownMail  receiptCode = 1
	codeBadSpan      receiptCode = 2
	codeBadID        receiptCode = 3
	codeNotTold      receiptCode = 5
	codeAlreadyThere receiptCode = 8
	codeNotThere     receiptCode = 10
	codeTooMany      receiptCode = 12
	codeOurOwn       receiptCode = 13
)

// messages are for the client's log.
var messages = map[receiptCode]string{
	codeUnknownMail:  "Postkassen hører ikke til en sagsbehandler i jobcenteret.",
	codeBadSpan:      "Aftalen slutter ikke efter sin start.",
	codeBadID:        "OriginSystemIdentifier mangler eller er længere end 512 tegn.",
	codeNotTold:      "Sagsbehandlerens kalender synkroniseres på en anden måde.",
	codeAlreadyThere: "Aftalen findes allerede.",
	codeNotThere:     "Aftalen findes ikke.",
	codeTooMany:      "Der er for mange aftaler i kaldet.",
	codeOurOwn:       "Aftalen stammer fra planneren.",
}

var outcomes = map[Outcome]receiptCode{
	Done: codeDone, AlreadyThere: codeAlreadyThere, NotThere: codeNotThere, OurOwn: codeOurOwn, NotTold: codeNotTold,
}

// eventIDs makes an appointment's guid from what it is known by, so that it needs no place to be kept.
var eventIDs = uuid.MustParse("4f1b9a52-6c1e-4d0b-8c8b-1a0f4f0d7e11")

func eventID(caseWorker uuid.UUID, originID string) uuid.UUID {
	return uuid.NewSHA1(eventIDs, append(caseWorker[:], originID...))
}

func (s *service) receipt(caseWorker uuid.UUID, originID string, code receiptCode) calendar.CalendarEventReceiptType {
	r := calendar.CalendarEventReceiptType{
		CalendarEventIdentifier: eventID(caseWorker, originID),
		EventReceivalTime:       wire.At(s.now()),
		EventErrorCode: calendar.CalendarEventReceiptErrorCodeType{
			CodeListItemIdentifier: calendar.CodeListItemIdentifierSimpleType(code),
		},
		OriginSystemIdentifier: originID,
	}
	if caseWorker != uuid.Nil {
		r.PlannerResourceIdentifier = &caseWorker
	}
	if m, ok := messages[code]; ok {
		r.EventMessage = &m
	}
	return r
}
