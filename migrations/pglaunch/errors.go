package pglaunch

import (
	"fmt"
	"strings"
)

// NotFoundError: no source gave PostgreSQL's programs. Its text is one line that
// names what to install.
type NotFoundError struct {
	// Major that the existing data directory needs; 0 = any from MinMajor on.
	Major int
	// Tried has one entry per source: why it gave nothing.
	Tried []string
}

func (e *NotFoundError) Error() string {
	what := fmt.Sprintf("no PostgreSQL %d or newer", MinMajor)
	if e.Major != 0 {
		what = fmt.Sprintf("no PostgreSQL %d, which the existing data directory needs", e.Major)
	}
	return what + "; set DATABASE_URL, or install it" +
		" (Debian, Ubuntu: apt-get install -y postgresql;" +
		" Fedora, RHEL: dnf install -y postgresql-server postgresql-contrib;" +
		" Alpine: apk add postgresql postgresql-contrib;" +
		" macOS: brew install postgresql@17;" +
		" others: point PG_BIN at the directory of initdb and postgres)" +
		"; tried: " + strings.Join(e.Tried, "; ")
}
