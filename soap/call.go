package soap

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/wire"
)

// Headers are the two headers of STAR's services; nil when not sent.
type Headers struct {
	Organisation *wire.ActiveOrganisation
	User         *wire.RequestUserMetadata
}

// Call is one call, for the log and the meters. It holds no personal data but Headers.User and
// Asked.Citizen, which must not be logged. The operation that answers may set JobCenter, Asked, Offered, Days, OfferHash and Ready; everything else is the
// server's or Config.Authorize's. Observers get it when the answer has been written and must not keep it.
type Call struct {
	Service   string
	Operation string // "" when none was found
	Version   string // of SOAP
	Headers   Headers
	// CallerCVR is the organisation that the caller's certificate was issued to; "" when it showed none.
	CallerCVR string
	// MayActFor refuses what this caller may not do: act as an organisation, nil when no header names
	// one, for a job centre, "" when none is known yet. nil lets it do everything. Set by Config.Authorize.
	MayActFor func(as *wire.ActiveOrganisation, jobCenter string) error
	// JobCenter is what the call is about: an operation's JobCenterCode, else the header's.
	JobCenter string
	// Asked is what the operation was asked about; it sets what of it there is.
	Asked Asked
	// Offered counts what the answer offers: options, case workers, times, receipts.
	Offered int
	// Days are the Danish days on which times are offered, in order.
	Days []Day
	// OfferHash recognises what was offered: the first 16 bytes of SHA-256 of what the operation says, else of
	// the answer's body element, with Config.HashAnswers. nil without, and of faults.
	OfferHash []byte
	// Encode writes an answer down; set by the server. An operation that will give the same answer again may keep it.
	Encode func(wire.Message) *Ready
	// Ready is what Encode once gave, from an operation that answers with it in place of a message.
	Ready        *Ready
	RequestBytes int // as sent, before unpacking
	AnswerBytes  int
	Began        time.Time
	Duration     time.Duration
	// Fault is STAR's number, and Code SOAP 1.1's name for the blame; both empty when all went well.
	Fault int
	Code  string

	message string // masked, only for Config.Envelopes
}

// Asked is what a call was about, for the evidence of what was offered to whom. Citizen must not be logged.
type Asked struct {
	Citizen         planner.CPR
	Option, Booking *uuid.UUID
	Interval        planner.Span // zero when no span was asked about
	CaseWorker      string       // of the one wished for; "" for any
}

// Day is a day in Denmark, as midnight UTC of its date, with how many times are offered on it.
type Day struct {
	Date  time.Time
	Times int
}

// OfferHash is how Call.OfferHash is made.
func OfferHash(what []byte) []byte {
	sum := sha256.Sum256(what)
	return bytes.Clone(sum[:16])
}

// ActFor says which job centre the call is about, and gives the fault if the caller may not act for it.
// An operation calls it before it does or tells anything.
func (c *Call) ActFor(jobCenter string) error {
	c.JobCenter = jobCenter
	return c.mayActFor(jobCenter)
}

func (c *Call) mayActFor(jobCenter string) error {
	if c.MayActFor == nil {
		return nil
	}
	return c.MayActFor(c.Headers.Organisation, jobCenter)
}

type callKey struct{}

// CallFrom gives the call that ctx belongs to; a call of its own, that nobody reads, outside one.
func CallFrom(ctx context.Context) *Call {
	if c, ok := ctx.Value(callKey{}).(*Call); ok {
		return c
	}
	return new(Call)
}

// WithCall gives a context that belongs to c.
func WithCall(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func (s *Server) tell(ctx context.Context, c *Call, fault *Fault) {
	c.Duration = s.config.Now().Sub(c.Began)
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("service", c.Service),
		slog.String("operation", c.Operation),
		slog.String("soap", c.Version),
		slog.Duration("duration", c.Duration),
		slog.String("jobcenter", Mask(c.JobCenter)),
		slog.Int("offered", c.Offered),
	}
	if c.CallerCVR != "" {
		attrs = append(attrs, slog.String("caller", c.CallerCVR))
	}
	if fault != nil {
		c.Fault, c.Code = fault.Number, fault.Blame.code(soap11)
		attrs = append(attrs, slog.Int("fault", c.Fault), slog.String("code", c.Code))
		if fault.cause != nil {
			attrs = append(attrs, slog.String("cause", Mask(fault.cause.Error())))
		}
		// A caller who has gone is no trouble of ours.
		if fault.Blame == BlameServer && ctx.Err() == nil {
			level = slog.LevelError
		}
	}
	s.config.Logger.LogAttrs(ctx, level, "soap call", attrs...)
	if s.config.Observe != nil {
		s.config.Observe(*c)
	}
}
