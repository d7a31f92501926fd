package migrations

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// OpenPool opens a pool with the product's settings and checks that the server
// answers. A setting that the URL itself names (pool_max_conns,
// statement_timeout, application_name, …) wins over ours. Instants are scanned
// in UTC. The caller closes the pool.
func OpenPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	cfg, err := PoolConfig(url)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("opening the database pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reaching the database: %w", err)
	}
	return pool, nil
}

// PoolConfig is OpenPool's configuration, for a caller who wants to add a tracer
// or another size before opening.
func PoolConfig(url string) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading the database URL: %w", err) // pgx leaves the password out
	}
	raw, err := pgx.ParseConfig(url) // keeps the pool_* settings, so that we see which were given
	if err != nil {
		return nil, fmt.Errorf("reading the database URL: %w", err)
	}
	given := func(name string) bool {
		for k := range raw.RuntimeParams {
			if strings.EqualFold(k, name) { // Postgres does not care for case: TimeZone
				return true
			}
		}
		return false
	}
	if !given("pool_max_conns") {
		cfg.MaxConns = 24 // pgx' own default is the number of CPUs, too few on a small machine
	}
	if !given("pool_min_idle_conns") {
		cfg.MinIdleConns = 2
	}
	if !given("pool_max_conn_lifetime") {
		cfg.MaxConnLifetime = time.Hour
	}
	if !given("pool_max_conn_lifetime_jitter") {
		cfg.MaxConnLifetimeJitter = 6 * time.Minute
	}
	if !given("pool_max_conn_idle_time") {
		cfg.MaxConnIdleTime = 30 * time.Minute
	}
	for name, value := range map[string]string{
		"application_name":                    "kommunal-planner",
		"statement_timeout":                   "15s",
		"idle_in_transaction_session_timeout": "15s",
		"timezone":                            "UTC",
	} {
		if !given(name) {
			cfg.ConnConfig.RuntimeParams[name] = value
		}
	}
	cfg.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		scanInUTC(conn.TypeMap())
		return nil
	}
	return cfg, nil
}

// scanInUTC makes timestamptz, and all that is built of it, come out in UTC: pgx
// gives the machine's local zone otherwise, whatever the session's timezone is.
func scanInUTC(m *pgtype.Map) {
	instant := &pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC}}
	span := &pgtype.Type{Name: "tstzrange", OID: pgtype.TstzrangeOID, Codec: &pgtype.RangeCodec{ElementType: instant}}
	m.RegisterType(instant)
	m.RegisterType(&pgtype.Type{Name: "_timestamptz", OID: pgtype.TimestamptzArrayOID, Codec: &pgtype.ArrayCodec{ElementType: instant}})
	m.RegisterType(span)
	m.RegisterType(&pgtype.Type{Name: "_tstzrange", OID: pgtype.TstzrangeArrayOID, Codec: &pgtype.ArrayCodec{ElementType: span}})
	m.RegisterType(&pgtype.Type{Name: "tstzmultirange", OID: pgtype.TstzmultirangeOID, Codec: &pgtype.MultirangeCodec{ElementType: span}})
}
