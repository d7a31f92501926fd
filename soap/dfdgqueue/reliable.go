package dfdgqueue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap/wire"
)

// ReliableConfig configures a destination of standard WS-ReliableMessaging.
type ReliableConfig struct {
	Intake    *Intake
	Sequences Sequences
	// JobCenter tells whose messages come in by a request: by its path, or by the certificate's CVR.
	JobCenter func(*http.Request) (planner.JobCenterCode, bool)
	// Longest is the life of a sequence, also when the source asks for more; 24 hours if zero.
	Longest time.Duration
	Now     func() time.Time
	Log     *slog.Logger
}

// Reliable is a destination of WS-ReliableMessaging 1.1 and 1.2 (one namespace) over SOAP 1.1 and 1.2: sources that have the
// standard send messages to it one way, and repeat each until it is acknowledged.
//
// A number is acknowledged when its message is stored with its effect, and then for ever. Messages are taken in as they
// come: their order does not matter to Intake. Acknowledgements travel on the HTTP answer, so AcksTo must be anonymous; an Offer is
// not taken up, since nothing is ever sent back.
type Reliable struct{ cfg ReliableConfig }

// NewReliable makes it. It panics when a part is missing.
func NewReliable(cfg ReliableConfig) *Reliable {
	if cfg.Intake == nil || cfg.Sequences == nil || cfg.JobCenter == nil {
		panic("dfdgqueue: ReliableConfig needs Intake, Sequences and JobCenter")
	}
	if cfg.Longest == 0 {
		cfg.Longest = 24 * time.Hour
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Reliable{cfg}
}

// ServeHTTP answers one message.
func (d *Reliable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !strings.HasSuffix(media, "xml") {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	jc, ok := d.cfg.JobCenter(r)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	text, err := wire.ToUTF8(raw, params["charset"])
	var in rmEnvelope
	if err == nil {
		in, err = readRM(text)
	}
	out := rmAnswer{version: in.version, relatesTo: in.messageID}
	if err != nil {
		var f *rmFault
		if !errors.As(err, &f) {
			f = &rmFault{code: "", reason: "The message is not a SOAP envelope that this service reads."}
		}
		out.fault = f
	} else if err := d.answer(r.Context(), jc, in, &out); err != nil {
		var f *rmFault
		if !errors.As(err, &f) {
			// Not stored: no acknowledgement, the source sends again.
			d.cfg.Log.ErrorContext(r.Context(), "message not taken in", "jobCenter", jc, "error", err)
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		out.fault, out.acks = f, nil
	}
	if out.fault != nil {
		d.cfg.Log.WarnContext(r.Context(), "reliable message refused", "jobCenter", jc, "fault", out.fault.code)
	}
	out.write(w)
}

func (d *Reliable) answer(ctx context.Context, jc planner.JobCenterCode, in rmEnvelope, out *rmAnswer) error {
	switch in.do {
	case "CreateSequence":
		return d.create(ctx, jc, in, out)
	case "CloseSequence", "TerminateSequence":
		state := map[string]string{"CloseSequence": "closed", "TerminateSequence": "terminated"}[in.do]
		s, err := d.sequence(ctx, jc, in.identifier)
		if err != nil {
			return err
		}
		// Ending twice is answered alike: the first answer may have been lost. Closing what is terminated is not.
		if s.State != "terminated" {
			var found bool
			if s.Accepted, found, err = d.cfg.Sequences.EndSequence(ctx, s.ID, state); err != nil {
				return err
			} else if !found {
				return faultUnknownSequence
			}
		} else if state == "closed" {
			return faultTerminated
		}
		out.action, out.identifier = in.do+"Response", s.ID
		out.acks = []rmAck{{s.ID, s.Accepted, true}}
		return nil
	}
	if in.sequence == "" {
		if in.ackRequested == "" || in.do != "" {
			return faultRequired
		}
		s, err := d.sequence(ctx, jc, in.ackRequested)
		if err != nil {
			return err
		}
		out.action, out.acks = "SequenceAcknowledgement", []rmAck{{s.ID, s.Accepted, s.State != "open"}}
		return nil
	}
	accepted, err := d.message(ctx, jc, in)
	if err != nil {
		return err
	}
	out.action, out.acks = "SequenceAcknowledgement", []rmAck{{in.sequence, accepted, false}}
	return nil
}

func (d *Reliable) sequence(ctx context.Context, jc planner.JobCenterCode, id string) (Sequence, error) {
	s, found, err := d.cfg.Sequences.Sequence(ctx, id)
	switch {
	case err != nil:
		return Sequence{}, err
	case !found, s.JobCenter != jc: // another's is as good as unknown
		return Sequence{}, faultUnknownSequence
	}
	return s, nil
}

// message takes in the message of one number, and acknowledges.
func (d *Reliable) message(ctx context.Context, jc planner.JobCenterCode, in rmEnvelope) ([]Range, error) {
	s, err := d.sequence(ctx, jc, in.sequence)
	if err != nil {
		return nil, err
	}
	switch {
	case in.number == math.MaxInt64:
		return nil, faultRollover
	case in.number < 1:
		return nil, faultNumber
	case s.State == "terminated":
		return nil, faultTerminated
	case has(s.Accepted, in.number):
		return s.Accepted, nil // a repeat, whatever became of the sequence since
	case s.State == "closed":
		return nil, faultClosed
	case !d.cfg.Now().Before(s.Expires):
		return nil, faultTerminated
	case in.do == "":
		return nil, faultNumber // a number without a message
	}
	// The same number is the same message: this identity holds also where the message has none of its own.
	id := uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "%s#%d", s.ID, in.number))
	if _, err := d.cfg.Intake.Take(ctx, Message{JobCenter: jc, Kind: KindWSRM, Service: in.do, Body: in.body, ID: id}); err != nil {
		return nil, err
	}
	accepted, open, err := d.cfg.Sequences.Accept(ctx, s.ID, in.number)
	if err != nil {
		return nil, err
	}
	if !open {
		return nil, faultClosed // meanwhile; the message is stored all the same, and known if it comes again
	}
	return accepted, nil
}

func (d *Reliable) create(ctx context.Context, jc planner.JobCenterCode, in rmEnvelope, out *rmAnswer) error {
	if in.acksTo != anonymous {
		return faultRefused
	}
	life := d.cfg.Longest
	if in.expires > 0 {
		life = min(life, in.expires)
	}
	id := "urn:uuid:" + uuid.NewString()
	if err := d.cfg.Sequences.CreateSequence(ctx, id, jc, d.cfg.Now().Add(life)); err != nil {
		return err
	}
	out.action, out.identifier = "CreateSequenceResponse", id
	if in.expires > 0 {
		out.expires = life
	}
	return nil
}

func has(ranges []Range, n int64) bool {
	for _, r := range ranges {
		if r.Lower <= n && n <= r.Upper {
			return true
		}
	}
	return false
}
