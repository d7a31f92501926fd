package service

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"kommunalplanner.example/cmd/internal/adminui"
	"kommunalplanner.example/cmd/internal/summonerui"
	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner/staffdb"
)

// web sets up the pages: one site with one login, the administrators' part and the staff's.
func (p *Parts) web(c Config, now func() time.Time, log *slog.Logger) (err error) {
	p.Pages, err = webui.New(webui.Config{
		User: c.AdminUser, Password: c.AdminPassword, Accounts: accounts{p.Staff}, SessionKey: c.sessionKey(), Now: now, Log: log, HTTPS: c.AdminHTTPS,
	})
	if err != nil {
		return err
	}
	admin := adminui.Config{Store: p.Sync, River: p.Outbox.River()}
	if c.DFDG.on() {
		admin.DFDG, admin.Intake = p.DFDG, p.intake
	}
	if p.Admin, err = adminui.Add(p.Pages, admin); err != nil {
		return err
	}
	return summonerui.Add(p.Pages, summonerui.Config{
		People: p.Planner, Weeks: p.Planner, Roster: p.Roster, Options: p.Roster, Groups: p.Roster, Centers: p.Roster, Accounts: p.Staff, Summoning: p.Planner, Batches: p.Summons,
		Shortages: p.Planner, Records: p.Records,
	})
}

// accounts lets the site's employees be those of the database.
type accounts struct{ store *staffdb.Store }

func (a accounts) SignIn(ctx context.Context, login, password string) (webui.Account, bool, error) {
	return known(a.store.SignIn(ctx, login, password))
}

func (a accounts) Account(ctx context.Context, login string) (webui.Account, bool, error) {
	return known(a.store.Account(ctx, login))
}

func (a accounts) ByToken(ctx context.Context, token string) (webui.Account, bool, error) {
	return known(a.store.ByToken(ctx, token))
}

func known(a staffdb.Account, ok bool, err error) (webui.Account, bool, error) {
	return webui.Account{Staff: a.Staff, Mark: strconv.Itoa(a.Epoch)}, ok, err
}
