package summonerui

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb"
)

// byID reads what has the id; a text that is no id is unknown.
func byID[T any](ctx context.Context, text string, read func(context.Context, uuid.UUID) (T, error)) (T, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		var none T
		return none, rosterdb.ErrUnknown
	}
	return read(ctx, id)
}

// missing answers for something that could not be read.
func (u *UI) missing(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, rosterdb.ErrUnknown) {
		u.site.NotFound(w, r)
		return
	}
	u.site.Broken(w, r, err)
}

// seen tells whether a thing of the job centre was read and is for who is signed in; otherwise it answers.
func (u *UI) seen(w http.ResponseWriter, r *http.Request, jc planner.JobCenterCode, err error) bool {
	switch {
	case err != nil:
		u.missing(w, r, err)
	case !webui.PersonOf(r).ActsFor(jc):
		u.site.NotFound(w, r)
	default:
		return true
	}
	return false
}

// ownCenters are the job centres of who is signed in.
func (u *UI) ownCenters(r *http.Request, people People) (own []planner.JobCenter, err error) {
	centers, err := people.JobCenters(r.Context())
	for _, c := range centers {
		if webui.PersonOf(r).ActsFor(c.Code) {
			own = append(own, c)
		}
	}
	return own, err
}

// refused notes at the form why the store did not take a change of thing, named in Danish. When no editor can mend it, it answers
// itself, and is false.
func (u *UI) refused(w http.ResponseWriter, r *http.Request, f *webui.Form, err error, thing string) bool {
	var faults roster.Faults
	switch {
	case errors.As(err, &faults):
		wordFaults(f, faults)
	case errors.Is(err, rosterdb.ErrStale):
		f.Wrong("", "En anden har ændret "+thing+" imens. Åbn siden igen, og ret i det nye.")
	default:
		u.missing(w, r, err)
		return false
	}
	return true
}

// formStatus is 422 for a form with errors.
func formStatus(f *webui.Form) int {
	if f.OK() {
		return http.StatusOK
	}
	return http.StatusUnprocessableEntity
}
