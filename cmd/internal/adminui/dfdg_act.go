package adminui

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/soap"
	"kommunalplanner.example/soap/dfdgdb"
	"kommunalplanner.example/soap/dfdgqueue"
)

// findMessage finds the message that the address names, or answers itself.
func (u *UI) findMessage(w http.ResponseWriter, r *http.Request) (queued, uuid.UUID, bool) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		u.gone(w, r)
		return queued{}, id, false
	}
	rows, err := u.cfg.DFDG.InboxForPerson(r.Context(), everyRow)
	if err != nil {
		u.site.Broken(w, r, fmt.Errorf("look up message %s: %w", id, err))
		return queued{}, id, false
	}
	for _, e := range rows {
		if e.Message == id {
			return u.queuedOf(e, u.site.Now()), id, true
		}
	}
	u.gone(w, r)
	return queued{}, id, false
}

// everyRow is more than ever waits.
const everyRow = 100_000

func (u *UI) gone(w http.ResponseWriter, r *http.Request) {
	u.site.Message(w, r, http.StatusNotFound, "Venter ikke længere", "Det, du leder efter, er behandlet eller findes ikke. Gå til siden DFDG for at se, hvad der venter nu.")
}

// onePage is one thing that waits: a message, or a report.
type onePage struct {
	Message *queued
	Report  *reported
	// Text is the message with its CPR numbers masked, only when somebody asked for it.
	Text         string
	CanRetry     bool
	Caption, Up  string
	Here, Settle string
}

func (u *UI) showMessage(w http.ResponseWriter, r *http.Request) {
	if m, _, ok := u.findMessage(w, r); ok {
		u.renderMessage(w, r, m, "")
	}
}

func (u *UI) renderMessage(w http.ResponseWriter, r *http.Request, m queued, text string) {
	u.pages.Render(w, r, http.StatusOK, "dfdgmessage", "Meddelelse fra DFDG", onePage{Message: &m, Text: text, CanRetry: u.cfg.Intake != nil, Up: u.site.URL(dfdgPath), Here: m.Here, Settle: m.Settle})
}

func (u *UI) confirmMessage(w http.ResponseWriter, r *http.Request) {
	if m, _, ok := u.findMessage(w, r); ok {
		u.pages.Render(w, r, http.StatusOK, "dfdgsettle", "Afslut "+m.Caption, onePage{Message: &m, Caption: m.Caption, Up: u.site.URL(dfdgPath), Here: m.Here})
	}
}

func (u *UI) confirmReport(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		u.gone(w, r)
		return
	}
	rows, err := u.cfg.DFDG.RefusedReports(r.Context(), everyRow)
	if err != nil {
		u.site.Broken(w, r, fmt.Errorf("look up report %d: %w", id, err))
		return
	}
	for _, e := range rows {
		if e.ID == id {
			p := u.reportedOf(e, u.site.Now())
			u.pages.Render(w, r, http.StatusOK, "dfdgsettle", "Afslut "+p.Caption, onePage{Report: &p, Caption: p.Caption, Up: u.site.URL(dfdgPath), Here: p.Here})
			return
		}
	}
	u.gone(w, r)
}

func (u *UI) actOnMessage(w http.ResponseWriter, r *http.Request) {
	m, id, ok := u.findMessage(w, r)
	if !ok {
		return
	}
	ctx, who := r.Context(), webui.PersonOf(r).Actor()
	switch r.PostFormValue("handling") {
	case "vis":
		text, err := u.cfg.DFDG.MessageText(ctx, id, who)
		if err != nil {
			u.afterDFDG(w, r, "", "", err)
			return
		}
		u.site.Log().InfoContext(ctx, "administrator read a message from DFDG", "who", webui.PersonOf(r).Actor(), "message", id)
		u.renderMessage(w, r, m, readable(text))
	case "proev":
		if u.cfg.Intake == nil {
			u.afterDFDG(w, r, "", "ukendt", nil)
			return
		}
		if err := u.cfg.DFDG.AuditRetry(ctx, id, who); err != nil {
			u.afterDFDG(w, r, "", "", err)
			return
		}
		verdict, err := u.cfg.Intake.Retry(ctx, id)
		code := "taget"
		if verdict.Verb == dfdgqueue.VerbWait {
			code = "venter"
		}
		u.afterDFDG(w, r, "retried a message from DFDG", code, err, "message", id, "verb", verdict.Verb, "reason", verdict.Reason)
	case "afslut":
		u.afterDFDG(w, r, "settled a message from DFDG", "afsluttet", u.cfg.DFDG.SettleMessage(ctx, id, who), "message", id)
	default:
		u.afterDFDG(w, r, "", "ukendt", nil)
	}
}

func (u *UI) actOnReport(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		u.gone(w, r)
		return
	}
	ctx, who := r.Context(), webui.PersonOf(r).Actor()
	switch r.PostFormValue("handling") {
	case "proev":
		u.afterDFDG(w, r, "sent a report to DFDG again", "sendes", u.cfg.DFDG.RetryReport(ctx, id, who), "report", id)
	case "afslut":
		u.afterDFDG(w, r, "settled a report to DFDG", "afsluttet", u.cfg.DFDG.SettleReport(ctx, id, who), "report", id)
	default:
		u.afterDFDG(w, r, "", "ukendt", nil)
	}
}

func (u *UI) hurryQueue(w http.ResponseWriter, r *http.Request) {
	jc := planner.JobCenterCode(r.PathValue("code"))
	u.afterDFDG(w, r, "had a queue of DFDG fetched", "hentes", u.cfg.DFDG.Hurry(r.Context(), jc), "jobCenter", jc)
}

// afterDFDG leads back to the page with a word on what became of an action, and logs what changed something (did is then its words).
func (u *UI) afterDFDG(w http.ResponseWriter, r *http.Request, did, code string, err error, about ...any) {
	switch {
	case errors.Is(err, dfdgdb.ErrNotWaiting):
		code = "behandlet"
	case errors.Is(err, dfdgdb.ErrUnsealable):
		code = "noegle"
	case err != nil:
		u.site.Broken(w, r, fmt.Errorf("act on what waits between DFDG and us: %w", err))
		return
	case did != "":
		u.site.Log().InfoContext(r.Context(), "administrator "+did, append([]any{"who", webui.PersonOf(r).Actor()}, about...)...)
	}
	u.site.Back(w, r, "dfdg-"+code, u.site.URL(dfdgPath))
}

// readable breaks a message into lines and masks whatever could be a CPR number in it.
func readable(text []byte) string {
	return soap.Mask(strings.ReplaceAll(strings.ToValidUTF8(string(text), "\uFFFD"), "><", ">\n<"))
}
