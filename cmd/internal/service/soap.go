package service

import (
	"log/slog"
	"net/http"
	"time"
)

func (p *Parts) soap(c Config, now func() time.Time, log *slog.Logger) (http.Handler, error) {
	return http.NotFoundHandler(), nil
}
