package pglaunch

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// isDuplicateDatabase: 42P04 by the check before, 23505 when two creations race.
func isDuplicateDatabase(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42P04" || pg.Code == "23505")
}
