package soap

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"kommunalplanner.example/soap/contract"
	"kommunalplanner.example/soap/wire"
)

// Config are the settings of one service. The zero value is a safe default.
type Config struct {
	// Names replaces the contract's proposed names; empty ones stay.
	Names contract.Names
	// PublicURL is the address told in the WSDL, without query; "" = scheme and host of the request.
	PublicURL string

	MaxBody int64         // bytes, before and after unpacking; 0 = 1 MiB
	Limits  wire.Limits   // zero fields = wire.DefaultLimits
	ReadFor time.Duration // how long a body may take to arrive; 0 = 10 s, < 0 = for ever
	// AnswerWithin ends the context of an operation; 0 = 20 s.
	AnswerWithin time.Duration
	// MaxCalls are the operations at work at once, WaitFor how long a further one waits for a
	// place before it is asked to try again; 0 = 64 and 2 s.
	MaxCalls int
	WaitFor  time.Duration
	// MaxLarge are the bodies of more than 64 KiB that are in memory at once; further ones wait and are asked likewise.
	// 0 = 32.
	MaxLarge int

	// RequireOrganisation and RequireUser refuse calls without that header. What DFDG sends to a
	// planner is not told (H11), so that neither is required unless set.
	RequireOrganisation, RequireUser bool
	// OrganisationTypes and UserTypes are STAR's code lists; nil = the values that are told. An
	// empty list that is not nil admits every value.
	OrganisationTypes, UserTypes []int32
	// Authorize refuses a caller before its message is read; nil admits everybody. For one that it lets
	// in it says in the call who that is, and limits for whom it may act.
	Authorize func(*http.Request, *Call) error

	// CheckAnswers validates our own answers against the contract before they are sent. An answer
	// that breaks it is an internal fault; DFDG would tell the citizen of a system error either way.
	CheckAnswers bool
	// PlainServerFaults leaves FaultDetails out of Server faults: the Kommuneklient sends a batch
	// again only then.
	PlainServerFaults bool

	// HashAnswers sets Call.OfferHash.
	HashAnswers bool
	// Envelopes is given each message and its answer whole, masked by MaskEnvelope; for searching for faults only, as it
	// costs more than the call. nil = nobody.
	Envelopes func(ctx context.Context, call Call, message, answer string)

	Logger  *slog.Logger     // nil = slog.Default()
	Now     func() time.Time // nil = time.Now
	Observe func(Call)       // called after every call, concurrently; nil = nobody
}

func (c Config) withDefaults() Config {
	or := func(n *int, standard int) {
		if *n == 0 {
			*n = standard
		}
	}
	span := func(d *time.Duration, standard time.Duration) {
		if *d == 0 {
			*d = standard
		}
	}
	if c.MaxBody == 0 {
		c.MaxBody = 1 << 20
	}
	or(&c.Limits.Depth, wire.DefaultLimits.Depth)
	or(&c.Limits.Attributes, wire.DefaultLimits.Attributes)
	or(&c.Limits.Tokens, wire.DefaultLimits.Tokens)
	or(&c.Limits.Text, wire.DefaultLimits.Text)
	span(&c.ReadFor, 10*time.Second)
	span(&c.AnswerWithin, 20*time.Second)
	or(&c.MaxCalls, 64)
	or(&c.MaxLarge, 32)
	span(&c.WaitFor, 2*time.Second)
	if c.OrganisationTypes == nil {
		c.OrganisationTypes = []int32{2, 4, 7, 8, 24} // fund, other actor, municipality, job centre, company
	}
	if c.UserTypes == nil {
		c.UserTypes = []int32{1, 2, 3, 4} // citizen, case worker, system, employee
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}
