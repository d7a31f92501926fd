package service

import (
	"log/slog"
	"time"

	"kommunalplanner.example/cmd/internal/adminui"
	"kommunalplanner.example/cmd/internal/summonerui"
	"kommunalplanner.example/cmd/internal/webui"
)

// web sets up the pages: one site with one login, the administrators' part and the staff's.
func (p *Parts) web(c Config, now func() time.Time, log *slog.Logger) (err error) {
	p.Pages, err = webui.New(webui.Config{
		User: c.AdminUser, Password: c.AdminPassword, SessionKey: c.sessionKey(), Now: now, Log: log, HTTPS: c.AdminHTTPS,
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
	return summonerui.Add(p.Pages, summonerui.Config{People: p.Planner})
}
