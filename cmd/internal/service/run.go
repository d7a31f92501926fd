package service

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"kommunalplanner.example/migrations"
	"kommunalplanner.example/migrations/pglaunch"
)

// drain is how long requests and jobs under way are given at a stop.
const drain = 25 * time.Second

// Run serves until ctx ends, then stops in order. started, when not nil, is called once every port is open
// and the worker works, with the address of each role's port (of use when a setting said port 0).
func Run(ctx context.Context, c Config, log *slog.Logger, started func(addrs map[string]string)) (err error) {
	db, err := pglaunch.Start(ctx, pglaunch.Options{URL: c.DatabaseURL, StateDir: c.StateDir, Log: log})
	if err != nil {
		return fmt.Errorf("get a database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Stop()) }()
	pool, err := migrations.OpenPool(ctx, db.URL)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool, log); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	queue, err := queuePool(ctx, db.URL)
	if err != nil {
		return err
	}
	defer queue.Close()
	p, err := assemble(c, pool, queue, time.Now, log)
	if err != nil {
		return err
	}
	return p.serve(ctx, c, log, started)
}

// queuePool is for River's own traffic: fetching jobs, noting how they ended. It does not wait for the disk:
// should the server crash, a job is worked once more, which is allowed. Jobs are inserted, and completed
// together with their work, through the other pool.
func queuePool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	cfg, err := migrations.PoolConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.ConnConfig.RuntimeParams["synchronous_commit"] = "off"
	cfg.MaxConns = 10
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the queue's pool: %w", err)
	}
	return pool, nil
}

func (p *Parts) serve(ctx context.Context, c Config, log *slog.Logger, started func(map[string]string)) error {
	defer p.Planner.Close(context.WithoutCancel(ctx))
	defer p.record(ctx, log)()
	var stopping atomic.Bool
	ready := p.ready
	p.ready = func(ctx context.Context) error {
		if stopping.Load() {
			return errors.New("stopping")
		}
		return ready(ctx)
	}
	listeners, err := p.listen(c)
	if err != nil {
		return err
	}
	group, inside := errgroup.WithContext(ctx)
	var servers []*http.Server
	addrs := map[string]string{}
	for _, l := range listeners {
		level := slog.LevelDebug
		if l.role == "soap-tls" {
			level = slog.LevelInfo // why a certificate was refused is told only here
		}
		srv := &http.Server{
			Handler: l.handler, ErrorLog: slog.NewLogLogger(log.Handler(), level),
			ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second, WriteTimeout: 120 * time.Second, IdleTimeout: 120 * time.Second, MaxHeaderBytes: 64 << 10,
		}
		servers = append(servers, srv)
		addrs[l.role] = l.Addr().String()
		log.InfoContext(ctx, "listening", "role", l.role, "addr", l.Addr().String())
		group.Go(func() error {
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve %s: %w", l.role, err)
			}
			return nil
		})
	}
	group.Go(func() error {
		p.follow(inside, c.Callers.ReloadEvery)
		return nil
	})
	if p.Admin != nil {
		if err := p.Admin.Start(inside); err != nil {
			return fmt.Errorf("start the administrators' pages: %w", err)
		}
	}
	if err := p.startDFDG(ctx, c); err != nil {
		return err
	}
	if p.Runner != nil {
		// Not ctx: the queue is stopped by Stop, so that running jobs may finish.
		if err := p.Runner.Start(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	if started != nil {
		started(addrs)
	}
	group.Go(func() error {
		<-inside.Done()
		stopping.Store(true)
		log.InfoContext(ctx, "stopping")
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		var errs []error
		for _, srv := range servers {
			errs = append(errs, srv.Shutdown(end))
		}
		if p.Runner != nil {
			errs = append(errs, p.Runner.Stop(end))
		}
		if p.limiter != nil {
			errs = append(errs, p.limiter.Close(end))
		}
		return errors.Join(errs...)
	})
	return group.Wait()
}

type listener struct {
	net.Listener
	role    string
	handler http.Handler
}

// listen opens the ports of the process's roles. On an error those already open are closed again.
func (p *Parts) listen(c Config) (open []listener, err error) {
	defer func() {
		if err != nil {
			for _, l := range open {
				_ = l.Close()
			}
		}
	}()
	add := func(role, addr string, h http.Handler, secure *tls.Config) error {
		if h == nil || addr == "" {
			return nil
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return fmt.Errorf("open the port of %s: %w", role, err)
		}
		if secure != nil {
			l = tls.NewListener(l, secure)
		}
		open = append(open, listener{l, role, h})
		return nil
	}
	if err := add("soap", c.SOAPAddr, p.plain(c), nil); err != nil {
		return open, err
	}
	if c.SOAPTLSAddr != "" && p.SOAP != nil {
		if err := add("soap-tls", c.SOAPTLSAddr, p.gate.Direct(p.SOAP), p.gate.TLS()); err != nil {
			return open, err
		}
	}
	if p.Admin != nil {
		if err := add("admin", c.AdminAddr, p.withHealth(p.Pages), nil); err != nil {
			return open, err
		}
	}
	if err := add("webhook", c.WebhookAddr, p.Webhook, nil); err != nil {
		return open, err
	}
	if err := add("health", c.HealthAddr, p.withHealth(nil), nil); err != nil {
		return open, err
	}
	return open, nil
}
