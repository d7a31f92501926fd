package pglaunch

import (
	"net/url"
	"strconv"
	"sync"
)

// superuser is the role that a private cluster is made with, and that we use.
const superuser = "planner"

// Server is a database that answers. Its methods may be called from several goroutines.
type Server struct {
	// URL of Options.Database, or Options.URL itself.
	URL string
	// Managed: this process started the server and stops it. False for Options.URL
	// and for a cluster that another process of ours runs; that one goes away with
	// its process.
	Managed bool
	// Programs is the directory of the server's programs; "" unless Managed.
	Programs string
	// DataDir, "" when Options.URL was given.
	DataDir string
	// LogFile of the server; "" when Options.URL was given.
	LogFile string

	at      address
	stop    func() error
	once    sync.Once
	stopErr error
	exited  chan struct{}
}

// Exited is closed when a managed server has ended, by Stop or by itself; it is nil otherwise.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// Stop ends a managed server: SIGINT (clients are cut off, data is written), after
// 20 s SIGQUIT, after 5 s more SIGKILL. It does nothing when the server is not
// managed. Later calls return the first one's answer.
func (s *Server) Stop() error {
	s.once.Do(func() {
		if s.stop != nil {
			s.stopErr = s.stop()
		}
	})
	return s.stopErr
}

// DatabaseURL is the URL of another database of the same private cluster; ""
// when Options.URL was given.
func (s *Server) DatabaseURL(name string) string {
	if s.DataDir == "" {
		return ""
	}
	return s.at.url(name)
}

// address is where a private cluster listens.
type address struct {
	socketDir string
	port      int
	password  string // set: over TCP on 127.0.0.1
}

// url spells everything out, so that no PG… variable of the caller fills a gap.
func (a address) url(database string) string {
	u := url.URL{Scheme: "postgres", Path: "/" + database}
	q := url.Values{"sslmode": {"disable"}}
	if a.password != "" {
		u.Host = "127.0.0.1:" + strconv.Itoa(a.port)
		u.User = url.UserPassword(superuser, a.password)
	} else {
		q.Set("host", a.socketDir)
		q.Set("port", strconv.Itoa(a.port))
		q.Set("user", superuser)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// socket is the same server by its unix socket.
func (a address) socket() address {
	a.password = ""
	return a
}
