package graphsim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// discard is a ResponseWriter that costs nothing.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkDeltaPage is one page of a thousand single events, which is what a client's first round is made of.
func BenchmarkDeltaPage(b *testing.B) {
	s := New(Config{OutlookToken: "o", Clock: NewVirtualClock(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))})
	defer s.Close()
	u := s.AddUser(User{UPN: "a@kommune.example"})
	o, err := s.Outlook(u.UPN)
	if err != nil {
		b.Fatal(err)
	}
	for n := range 1000 {
		at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Hour)
		if _, err := o.Create(map[string]any{"subject": fmt.Sprint("Samtale ", n), "body": map[string]any{"contentType": "text", "content": "Medbring papirer.\nVi ses."},
			"start": map[string]any{"dateTime": at.Format("2006-01-02T15:04:05")}, "end": map[string]any{"dateTime": at.Add(time.Hour).Format("2006-01-02T15:04:05")}}); err != nil {
			b.Fatal(err)
		}
	}
	h := s.Handler()
	r := httptest.NewRequest(http.MethodGet, "/v1.0/users/"+u.ObjectID+"/calendarView/delta?startDateTime=2026-12-01T00:00:00Z&endDateTime=2027-03-01T00:00:00Z", nil)
	r.Header.Set("Authorization", "Bearer o")
	r.Header.Set("Prefer", `odata.maxpagesize=1000, IdType="ImmutableId"`)
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(discard{http.Header{}}, r)
	}
}
