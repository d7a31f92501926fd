package callers

import (
	"context"
	"log/slog"
	"time"
)

// Kinds of what ends.
const (
	KindServer    = "server"    // our certificate
	KindAuthority = "authority" // one of PLANNER_CLIENT_CAS
	KindCRL       = "crl"       // a revocation list: its nextUpdate
)

// Expiry is something that ends, and takes the service or its callers with it.
type Expiry struct {
	Kind string
	Name string
	At   time.Time
}

// notice is how long before the end people are warned: they order certificates, lists come by themselves.
var notice = map[string]time.Duration{KindServer: 30 * 24 * time.Hour, KindAuthority: 90 * 24 * time.Hour, KindCRL: 6 * time.Hour}

// warnAgain is how often.
const warnAgain = 24 * time.Hour

// Expiries tells what ends when.
func (g *Gate) Expiries() (all []Expiry) {
	if s := g.server.value(); s != nil && s.Leaf != nil {
		all = append(all, Expiry{KindServer, s.Leaf.Subject.CommonName, s.Leaf.NotAfter})
	}
	if a := g.authorities.value(); a != nil {
		for _, c := range a.certs {
			all = append(all, Expiry{KindAuthority, c.Subject.CommonName, c.NotAfter})
		}
	}
	for _, c := range g.files.value() {
		all = append(all, Expiry{KindCRL, c.name, c.nextUpdate})
	}
	g.revocations.lists.each(func(c *crl, _ time.Time) {
		all = append(all, Expiry{KindCRL, c.name, c.nextUpdate})
	})
	return all
}

// warn logs what ends soon, each once a day.
func (g *Gate) warn(ctx context.Context) {
	now := g.config.Now()
	for _, e := range g.Expiries() {
		left := e.At.Sub(now)
		if left > notice[e.Kind] {
			continue
		}
		// The instant is no part of the key: a list that nears its end again and again is one story.
		key := e.Kind + " " + e.Name
		if last, ok := g.warned[key]; ok && now.Sub(last) < warnAgain && (left > 0 || last.After(e.At)) {
			continue
		}
		g.warned[key] = now
		level, text := slog.LevelWarn, "ends soon"
		if left <= 0 {
			level, text = slog.LevelError, "has ended"
		}
		g.config.Log.Log(ctx, level, text, "what", e.Kind, "name", e.Name, "at", e.At.UTC().Format(time.RFC3339))
	}
}
