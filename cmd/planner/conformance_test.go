package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/service"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/plannerdb"
)

// The command tries the running program and prints the table; it fails when a check does, and when nobody answers.
func TestAnInstallationIsTriedFromTheConsole(t *testing.T) {
	pool, anna := inEnvironment(t)
	for day := 1; day <= 7; day++ {
		anna.Hours = append(anna.Hours, planner.WorkingHours{Weekday: day, StartMinute: 8 * 60, EndMinute: 16 * 60})
	}
	sealer, err := plannerdb.NewSealer(map[byte][]byte{1: key(1)}, 1, key(2))
	must(t, err)
	store := plannerdb.New(pool, plannerdb.Options{Sealer: sealer})
	must(t, store.PutCaseWorker(t.Context(), anna))
	must(t, store.PutInterviewOption(t.Context(), "10100", planner.InterviewOption{
		ID: uuid.New(), JobCenter: "10100", InterviewType: 4, InterviewForm: 1, ContactTypes: []int{1}, Duration: time.Hour, SlotStep: time.Hour, HorizonDays: 20, Title: "Samtale",
	}, []uuid.UUID{anna.ID}))
	c, err := service.FromEnv(os.LookupEnv)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	addr, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- service.Run(ctx, c, slog.New(slog.DiscardHandler), func(a map[string]string) { addr <- a["soap"] })
	}()
	var base string
	select {
	case base = <-addr:
	case err := <-ended:
		t.Fatal(err)
	}
	args := []string{"-jobcentre", "10100", "-citizen", "-", "-mail", anna.Email, "http://" + base}
	try := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := conformanceCommand(t.Context(), args, strings.NewReader("0101701234\n"), &out)
		return out.String(), err
	}
	out, err := try(args...)
	if err != nil || !strings.Contains(out, "# Afprøvning af kommunal planner") || !strings.Contains(out, " 0 ikke bestået") || strings.Contains(out, "0101701234") {
		t.Errorf("%v\n%s", err, out)
	}
	stop()
	must(t, <-ended)

	silent := httptest.NewServer(http.NotFoundHandler())
	defer silent.Close()
	args[len(args)-1] = silent.URL
	if out, err = try(args...); err == nil || !strings.Contains(err.Error(), "checks failed") || !strings.Contains(out, "**IKKE BESTÅET**") {
		t.Errorf("%v\n%s", err, out)
	}
	for _, wrong := range [][]string{{"conformance"}, {"conformance", "-jobcentre", "10100", "-citizen", "0101701234", "localhost"}, {"conformance", "http://localhost"},
		append([]string{"conformance", "-refused", "x", "-citizen", "0101701234"}, args[:2]...)} {
		if _, err := console(t, wrong...); !errors.Is(err, errUsage) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}
