package world

import (
	"time"

	"kommunalplanner.example/cmd/internal/certs"
)

// Certs are the files of a development certificate authority.
type Certs = certs.Files

// MakeCerts writes a development certificate authority and what it issues into dir.
func MakeCerts(dir string, now time.Time) (Certs, error) { return certs.Write(dir, now) }
