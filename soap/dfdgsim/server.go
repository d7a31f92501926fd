package dfdgsim

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/soap/wire/dfdg"
)

// Paths of the services.
const (
	PathWsrm     = "/PjaktassWCFTservice/3/WsrmService.svc"
	PathMessages = "/PjaktassWCFTservice/11/WsrmMessageService.svc"
	PathRegister = "/PjaktassWCFTservice/1/BookingService.svc"
)

// Config configures a Server. The zero value is a well-behaved DFDG.
type Config struct {
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// BaseURL is what the inventory's endpoints begin with; as asked for by the client if empty.
	BaseURL string
	// MaxBatch is the most messages of a transfer; 500 if zero (told).
	MaxBatch int
	// Seed of ids and chance.
	Seed uint64
	// SequenceTimeout ends a transfer that nobody touches, without deleting; 30 minutes if zero.
	SequenceTimeout time.Duration
	// Codes that the register takes; wide ranges if nil, since the lists are read only in part.
	InterviewTypes, InterviewForms, ContactTypes []int32
	// JointForms are the interview forms of group meetings, which must carry a GroupMeetingIdentifier.
	JointForms []int32
	// RefuseRepeats makes CreateBooking of a known booking a fault, also when nothing differs.
	RefuseRepeats bool
	// Planner is whom Jobnet's citizens are sent to; may be set later (SetPlanner).
	Planner *Caller
	// Push is the client for webhooks; http.DefaultClient if nil.
	Push *http.Client
	Log  *slog.Logger
}

// Server is DFDG. It may be used by several goroutines.
type Server struct {
	cfg Config
	mux *http.ServeMux

	mu        sync.Mutex
	rnd       *rand.Rand
	last      time.Time // newest instant given out
	queues    map[string]*queue
	register  map[uuid.UUID]*Entry
	persons   map[string]Person
	rules     []*FaultRule
	chaos     Chaos
	calls     []CallRecord
	handed    map[uuid.UUID]int // message → times handed over
	deleted   map[uuid.UUID]int // message → times confirmed
	planner   *Caller
	webhooks  map[string]string // job centre → URL
	pushes    []*push
	callCount map[string]int
}

// New makes a Server.
func New(cfg Config) *Server {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxBatch == 0 {
		cfg.MaxBatch = 500
	}
	if cfg.SequenceTimeout == 0 {
		cfg.SequenceTimeout = 30 * time.Minute
	}
	if cfg.Push == nil {
		cfg.Push = http.DefaultClient
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, planner: cfg.Planner}
	s.reset()
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	s.mux.HandleFunc("POST "+PathWsrm, s.soap(map[string]operation{
		"CreateSequence":    {dfdg.NamespaceWSRM, s.createSequence},
		"CloseSequence":     {dfdg.NamespaceWSRM, s.closeSequence},
		"TerminateSequence": {dfdg.NamespaceWSRM, s.terminateSequence},
	}))
	s.mux.HandleFunc("POST "+PathMessages, s.soap(map[string]operation{
		dfdg.ServiceIndkaldelse: {dfdg.NamespaceIndkaldelse, s.getMessage},
	}))
	s.mux.HandleFunc("POST "+PathRegister, s.soap(map[string]operation{
		"CreateBooking": {dfdg.NamespaceRegister, s.createBooking},
		"UpdateBooking": {dfdg.NamespaceRegister, s.updateBooking},
		"DeleteBooking": {dfdg.NamespaceRegister, s.deleteBooking},
		"GetBooking":    {dfdg.NamespaceRegister, s.getBooking},
	}))
	s.controlRoutes()
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// SetPlanner tells whom Jobnet's citizens are sent to.
func (s *Server) SetPlanner(c *Caller) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.planner = c
}

// Reset forgets everything: register, queues, faults, counts.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset()
}

func (s *Server) reset() {
	s.rnd = rand.New(rand.NewPCG(s.cfg.Seed, 0x6466_6467))
	s.queues, s.register, s.persons = map[string]*queue{}, map[uuid.UUID]*Entry{}, map[string]Person{}
	s.rules, s.chaos, s.calls = nil, Chaos{}, nil
	s.handed, s.deleted, s.callCount = map[uuid.UUID]int{}, map[uuid.UUID]int{}, map[string]int{}
	s.webhooks, s.pushes = map[string]string{}, nil
}

// newID is random by the seed, so that a run can be repeated.
func (s *Server) newID() (id uuid.UUID) {
	for i := range id {
		id[i] = byte(s.rnd.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}

// tick is now, and later than every instant given out before: queue times are never equal.
func (s *Server) tick() time.Time {
	now := s.cfg.Now().Truncate(time.Microsecond)
	if !now.After(s.last) {
		now = s.last.Add(time.Microsecond)
	}
	s.last = now
	return now
}

func allowed(list []int32, code, least, most int32) bool {
	if list != nil {
		return slices.Contains(list, code)
	}
	return least <= code && code <= most
}
