package summonerui

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/summons"
	"kommunalplanner.example/planner/summonsdb"
)

// The JSON API does what the pages do, for programs with an employee's API token (Authorization: Bearer). See the table in doc.go.

const apiPath = "/api/v1/"

func (u *UI) addAPI(summoning Summoning, batches Batches) {
	a := api{u, summoning, batches}
	handle := func(method, path string, need planner.Permission, do func(*http.Request) (int, any, error)) {
		u.site.Handle(method, apiPath+path, need, func(w http.ResponseWriter, r *http.Request) {
			status, answer, err := do(r)
			if err != nil {
				a.problem(w, r, err)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			if answer != nil {
				_ = json.NewEncoder(w).Encode(answer) // who went away needs no answer
			}
		})
	}
	handle("GET", "timeslots", planner.MaySee, a.timeslots)
	handle("POST", "bookings", planner.MaySummon, a.summon)
	handle("GET", "bookings/{id}", planner.MaySee, a.booking)
	handle("POST", "bookings/{id}/move", planner.MaySummon, a.move)
	handle("POST", "bookings/{id}/cancel", planner.MaySummon, a.cancel)
	handle("POST", "bookings/{id}/excuse", planner.MaySummon, a.excuse)
	handle("POST", "summonses", planner.MaySummon, a.makeBatch)
	handle("GET", "summonses/{id}", planner.MaySummon, a.batch)
	handle("POST", "summonses/{id}/{act}", planner.MaySummon, a.actOnBatch)
}

type api struct {
	*UI
	summoning Summoning
	batches   Batches
}

// apiProblem is an answer by RFC 9457.
type apiProblem struct {
	Type   string           `json:"type"`
	Title  string           `json:"title"` // Danish, for people
	Status int              `json:"status"`
	Code   string           `json:"code,omitempty"`  // for programs
	Rules  []planner.Reason `json:"rules,omitempty"` // of code breaks-rules: what an override must name
}

// badRequest is a request that is not understood; the text is Danish.
type badRequest string

func (e badRequest) Error() string { return string(e) }

var errNotFound = errors.New("no such thing, or not of this employee's job centres")

func (a *api) problem(w http.ResponseWriter, r *http.Request, err error) {
	p := apiProblem{Type: "about:blank", Status: http.StatusServiceUnavailable, Title: "Databasen svarer ikke. Prøv igen om lidt."}
	var (
		refused *planner.Error
		bad     badRequest
	)
	switch {
	case errors.As(err, &bad):
		p.Status, p.Title, p.Code = http.StatusBadRequest, string(bad), "bad-request"
	case errors.Is(err, errNotFound) || errors.Is(err, summonsdb.ErrUnknownBatch):
		p.Status, p.Title, p.Code = http.StatusNotFound, "Det findes ikke.", "not-found"
	case errors.Is(err, summonsdb.ErrState):
		p.Status, p.Title, p.Code = http.StatusConflict, "Masseindkaldelsen er i en anden tilstand nu.", "state"
	case errors.Is(err, summons.ErrEmpty), errors.Is(err, summons.ErrTooLong):
		p.Status, p.Title, p.Code = http.StatusUnprocessableEntity, "Listen er tom eller for lang.", "list"
	case errors.As(err, &refused):
		p.Status, p.Title, p.Code, p.Rules = http.StatusUnprocessableEntity, refusal(err), string(refused.Code), refused.Reasons
		switch refused.Code {
		case planner.CodeUnknownBooking:
			p.Status = http.StatusNotFound
		case planner.CodeTaken, planner.CodeConflictingRepeat, planner.CodeBreaksRules:
			p.Status = http.StatusConflict
		}
	default:
		if r.Context().Err() == nil {
			a.site.Log().ErrorContext(r.Context(), "request of the API failed", "path", r.URL.Path, "error", err)
		}
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// body reads a request's JSON; members that are not known are refused, so that a slip of the pen is not taken for a wish.
func body(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		return badRequest("Forespørgslens JSON kan ikke læses.")
	}
	return nil
}

// key is the Idempotency-Key, a UUID: the identifier of what is made, so that a repeat makes nothing.
func key(r *http.Request) (uuid.UUID, error) {
	id, err := uuid.Parse(r.Header.Get("Idempotency-Key"))
	if err != nil || id == uuid.Nil {
		return id, badRequest("Headeren Idempotency-Key mangler: en UUID, som bliver det oprettedes id.")
	}
	return id, nil
}

func pathID(r *http.Request) (uuid.UUID, error) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return id, errNotFound
	}
	return id, nil
}

type apiOverride struct {
	Rules []planner.Reason `json:"rules"`
	Why   string           `json:"why"`
}

func (o *apiOverride) override() planner.Override {
	if o == nil {
		return planner.Override{}
	}
	return planner.Override{Rules: o.Rules, Why: o.Why}
}

type apiMeeting struct {
	InterviewType int    `json:"interviewType"`
	InterviewForm int    `json:"interviewForm"`
	ContactType   int    `json:"contactType"`
	Minutes       int    `json:"minutes"`
	Title         string `json:"title"`
	Description   string `json:"description,omitempty"`
	Place         string `json:"place,omitempty"`
	Phone         string `json:"phone,omitempty"`
}

type apiSummons struct {
	JobCenter        planner.JobCenterCode `json:"jobCenter"`
	CPR              string                `json:"cpr"`
	Option           *uuid.UUID            `json:"option,omitempty"`
	Meeting          *apiMeeting           `json:"meeting,omitempty"`
	Start            time.Time             `json:"start"`
	CaseWorker       string                `json:"caseWorker,omitempty"`
	ContactType      *int                  `json:"contactType,omitempty"`
	FundParticipates *bool                 `json:"fundParticipates,omitempty"`
	Override         *apiOverride          `json:"override,omitempty"`
}

func (a *api) summon(r *http.Request) (int, any, error) {
	var in apiSummons
	if err := body(r, &in); err != nil {
		return 0, nil, err
	}
	id, err := key(r)
	if err != nil {
		return 0, nil, err
	}
	who := webui.PersonOf(r)
	if !who.ActsFor(in.JobCenter) {
		return 0, nil, errNotFound
	}
	cpr, err := planner.ParseCPR(in.CPR)
	if err != nil {
		return 0, nil, err
	}
	ask := planner.SummonRequest{
		JobCenter: in.JobCenter, CPR: cpr, BookingID: id, Option: in.Option, Start: in.Start, CaseWorkerIdentifier: in.CaseWorker, ContactType: in.ContactType,
		FundParticipates: in.FundParticipates, Staff: who, Override: in.Override.override(),
	}
	if m := in.Meeting; m != nil {
		ask.Own = &planner.InterviewOption{
			InterviewType: m.InterviewType, InterviewForm: m.InterviewForm, ContactTypes: []int{m.ContactType}, Duration: time.Duration(m.Minutes) * time.Minute,
			Title: m.Title, Description: m.Description, Location: planner.Location{Description: m.Place}, Phone: m.Phone,
		}
	}
	if _, err := a.summoning.Summon(r.Context(), ask); err != nil {
		return 0, nil, err
	}
	return a.told(r, id, http.StatusCreated)
}

// apiBooking is a booking as it stands.
type apiBooking struct {
	ID          uuid.UUID             `json:"id"`
	JobCenter   planner.JobCenterCode `json:"jobCenter"`
	CPR         string                `json:"cpr"` // masked for who may not see citizens
	Option      *uuid.UUID            `json:"option"`
	Title       string                `json:"title"`
	Start       time.Time             `json:"start"`
	End         time.Time             `json:"end"`
	CaseWorker  string                `json:"caseWorker"`
	ContactType int                   `json:"contactType"`
	Origin      planner.Origin        `json:"origin"`
	Cancelled   bool                  `json:"cancelled"`
	Revision    int                   `json:"revision"`
	Excuse      *apiExcuse            `json:"excuse,omitempty"`
	Letter      []apiItem             `json:"letter"` // BEK 442/2023 § 20
}

type apiItem struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	Value  string `json:"value"`
	Lacks  bool   `json:"lacks"`
}

type apiExcuse struct {
	ReceivedAt time.Time            `json:"receivedAt"`
	ReceivedBy string               `json:"receivedBy"`
	Reason     planner.ExcuseReason `json:"reason"`
	Note       string               `json:"note,omitempty"`
}

func (a *api) booking(r *http.Request) (int, any, error) {
	id, err := pathID(r)
	if err != nil {
		return 0, nil, err
	}
	return a.told(r, id, http.StatusOK)
}

// told is a booking for who asks.
func (a *api) told(r *http.Request, id uuid.UUID, status int) (int, any, error) {
	who := webui.PersonOf(r)
	d, err := a.summoning.BookingDetails(r.Context(), id)
	if err == nil && !who.ActsFor(d.JobCenter) {
		err = errNotFound
	}
	if err != nil {
		return 0, nil, err
	}
	names, err := a.summoning.CodeNames(r.Context())
	if err != nil {
		return 0, nil, err
	}
	out := apiBooking{
		ID: d.ID, JobCenter: d.JobCenter, CPR: cprText(d.CPR, who.May(planner.MaySeeCitizens)), Option: d.Booking.Option, Title: d.Title, Start: d.Span.Start, End: d.Span.End,
		CaseWorker: d.CaseWorker.Identifier, ContactType: d.ContactType, Origin: d.Origin, Cancelled: d.Cancelled, Revision: d.Revision,
	}
	if e := d.Excuse; e != nil {
		out.Excuse = &apiExcuse{e.ReceivedAt, e.ReceivedBy, e.Reason, e.Note}
	}
	letter := planner.Letter{Booking: d.Booking, Option: d.Option, CaseWorker: d.CaseWorker, Citizen: out.CPR, FundParticipates: d.FundParticipates, NameOf: names}
	for _, i := range planner.Summons(letter) {
		if i.Applies {
			out.Letter = append(out.Letter, apiItem{i.Number, i.Name, i.Value, i.Lacks()})
		}
	}
	return status, out, nil
}

// owned is the booking of the address when who asks acts for its job centre.
func (a *api) owned(r *http.Request) (uuid.UUID, planner.JobCenterCode, error) {
	id, err := pathID(r)
	if err != nil {
		return id, "", err
	}
	d, err := a.summoning.BookingDetails(r.Context(), id)
	if err == nil && !webui.PersonOf(r).ActsFor(d.JobCenter) {
		err = errNotFound
	}
	return id, d.JobCenter, err
}

func (a *api) move(r *http.Request) (int, any, error) {
	var in struct {
		Start       time.Time    `json:"start"`
		CaseWorker  string       `json:"caseWorker"`
		ContactType *int         `json:"contactType"`
		Why         string       `json:"why"`
		Override    *apiOverride `json:"override"`
	}
	if err := body(r, &in); err != nil {
		return 0, nil, err
	}
	id, jc, err := a.owned(r)
	if err != nil {
		return 0, nil, err
	}
	if _, err := a.summoning.MoveBooking(r.Context(), planner.MoveRequest{
		JobCenter: jc, BookingID: id, Start: in.Start, CaseWorkerIdentifier: in.CaseWorker, ContactType: in.ContactType, Staff: webui.PersonOf(r), Why: in.Why,
		Override: in.Override.override(),
	}); err != nil {
		return 0, nil, err
	}
	return a.told(r, id, http.StatusOK)
}

func (a *api) cancel(r *http.Request) (int, any, error) {
	var in struct {
		Why string `json:"why"`
	}
	if err := body(r, &in); err != nil {
		return 0, nil, err
	}
	id, jc, err := a.owned(r)
	if err != nil {
		return 0, nil, err
	}
	if err := a.summoning.CancelBooking(r.Context(), planner.CancelRequest{JobCenter: jc, BookingID: id, Staff: webui.PersonOf(r), Why: in.Why}); err != nil {
		return 0, nil, err
	}
	return a.told(r, id, http.StatusOK)
}

func (a *api) excuse(r *http.Request) (int, any, error) {
	var in apiExcuse
	if err := body(r, &in); err != nil {
		return 0, nil, err
	}
	if in.ReceivedBy == "" || len(in.ReceivedBy) > 200 || in.ReceivedAt.IsZero() || in.ReceivedAt.After(a.site.Now()) {
		return 0, nil, badRequest("receivedBy eller receivedAt mangler eller er forkert.")
	}
	id, jc, err := a.owned(r)
	if err != nil {
		return 0, nil, err
	}
	e := planner.Excuse{BookingID: id, ReceivedAt: in.ReceivedAt, ReceivedBy: in.ReceivedBy, Reason: in.Reason, Note: in.Note}
	if err := a.summoning.Excuse(r.Context(), jc, e, webui.PersonOf(r)); err != nil {
		return 0, nil, err
	}
	return a.told(r, id, http.StatusOK)
}

type apiSlot struct {
	Start       time.Time `json:"start"`
	CaseWorkers []string  `json:"caseWorkers"` // in the order in which they would be taken
}

// timeslots takes no citizen: an address is logged.
func (a *api) timeslots(r *http.Request) (int, any, error) {
	q := r.URL.Query()
	jc := planner.JobCenterCode(q.Get("jobCenter"))
	if !webui.PersonOf(r).ActsFor(jc) {
		return 0, nil, errNotFound
	}
	option, err := uuid.Parse(q.Get("option"))
	from, errFrom := time.Parse(time.RFC3339, q.Get("from"))
	to, errTo := time.Parse(time.RFC3339, q.Get("to"))
	if err != nil || errFrom != nil || errTo != nil {
		return 0, nil, badRequest("option, from eller to mangler eller er forkert.")
	}
	found, err := a.summoning.Timeslots(r.Context(), planner.TimeslotQuery{
		JobCenter: jc, Option: option, Interval: planner.Span{Start: from, End: to}, CaseWorkerIdentifier: q.Get("caseWorker"),
	})
	if err != nil {
		return 0, nil, err
	}
	names := map[uuid.UUID]string{}
	for _, c := range found.CaseWorkers {
		names[c.ID] = c.Identifier
	}
	slots := []apiSlot{}
	for _, s := range found.Slots {
		one := apiSlot{Start: s.Start}
		for _, c := range s.CaseWorkers {
			one.CaseWorkers = append(one.CaseWorkers, names[c])
		}
		slots = append(slots, one)
	}
	return http.StatusOK, slots, nil
}

type apiBatch struct {
	JobCenter      planner.JobCenterCode `json:"jobCenter"`
	Option         uuid.UUID             `json:"option"`
	From           time.Time             `json:"from"`
	To             time.Time             `json:"to"`
	CaseWorkers    []string              `json:"caseWorkers,omitempty"`
	ContactType    *int                  `json:"contactType,omitempty"`
	SpreadOverDays bool                  `json:"spreadOverDays,omitempty"`
	Citizens       []struct {
		CPR        string `json:"cpr"`
		CaseWorker string `json:"caseWorker,omitempty"`
	} `json:"citizens"`
}

func (a *api) makeBatch(r *http.Request) (int, any, error) {
	var in apiBatch
	if err := body(r, &in); err != nil {
		return 0, nil, err
	}
	id, err := key(r)
	if err != nil {
		return 0, nil, err
	}
	who := webui.PersonOf(r)
	if !who.ActsFor(in.JobCenter) {
		return 0, nil, errNotFound
	}
	// The list goes the way of one that is pasted, so that both are checked alike; line numbers count from 1.
	var list bytes.Buffer
	c := csv.NewWriter(&list)
	c.Comma = ';'
	for _, citizen := range in.Citizens {
		if oneLine(citizen.CPR) == "" {
			return 0, nil, badRequest("En borger har intet cpr.")
		}
		_ = c.Write([]string{oneLine(citizen.CPR), oneLine(citizen.CaseWorker)})
	}
	c.Flush()
	made, err := a.batches.Make(r.Context(), summonsdb.NewBatch{
		ID: id, JobCenter: in.JobCenter, Option: in.Option, Interval: planner.Span{Start: in.From, End: in.To}, CaseWorkers: in.CaseWorkers, ContactType: in.ContactType,
		SpreadOverDays: in.SpreadOverDays, List: list.Bytes(), By: who,
	})
	if err != nil {
		return 0, nil, err
	}
	return a.tellBatch(r, made, http.StatusCreated)
}

// oneLine keeps a value on its line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

type apiLine struct {
	Number     int             `json:"number"`
	CPR        string          `json:"cpr"` // masked for who may not see citizens
	State      summonsdb.State `json:"state"`
	Reason     string          `json:"reason,omitempty"`
	Start      *time.Time      `json:"start,omitempty"`
	CaseWorker *uuid.UUID      `json:"caseWorkerId,omitempty"`
	Booking    *uuid.UUID      `json:"booking,omitempty"`
	Replanned  bool            `json:"replanned,omitempty"`
}

type apiBatchState struct {
	ID    uuid.UUID       `json:"id"`
	State summonsdb.State `json:"state"`
	Lines []apiLine       `json:"lines"`
}

// ownedBatch is the batch of the address when who asks acts for its job centre.
func (a *api) ownedBatch(r *http.Request) (summonsdb.Batch, error) {
	id, err := pathID(r)
	if err != nil {
		return summonsdb.Batch{}, err
	}
	b, err := a.batches.Batch(r.Context(), id)
	if err == nil && !webui.PersonOf(r).ActsFor(b.JobCenter) {
		err = errNotFound
	}
	return b, err
}

func (a *api) batch(r *http.Request) (int, any, error) {
	b, err := a.ownedBatch(r)
	if err != nil {
		return 0, nil, err
	}
	return a.tellBatch(r, b, http.StatusOK)
}

func (a *api) tellBatch(r *http.Request, b summonsdb.Batch, status int) (int, any, error) {
	lines, err := a.batches.Lines(r.Context(), b.ID)
	if err != nil {
		return 0, nil, err
	}
	out := apiBatchState{ID: b.ID, State: b.State, Lines: []apiLine{}}
	for _, l := range lines {
		one := apiLine{
			Number: l.Number, CPR: cprText(l.CPR, webui.PersonOf(r).May(planner.MaySeeCitizens)), State: l.State, Reason: l.Reason, Start: l.Start,
			CaseWorker: l.CaseWorker, Replanned: l.Replanned,
		}
		if l.State == summonsdb.Booked {
			one.Booking = &l.Booking
		}
		out.Lines = append(out.Lines, one)
	}
	return status, out, nil
}

func (a *api) actOnBatch(r *http.Request) (int, any, error) {
	b, err := a.ownedBatch(r)
	if err != nil {
		return 0, nil, err
	}
	ctx, who := r.Context(), webui.PersonOf(r)
	switch r.PathValue("act") {
	case "approve":
		err = a.batches.Approve(ctx, b.ID, who)
	case "pause":
		err = a.batches.Pause(ctx, b.ID, who)
	case "resume":
		err = a.batches.Resume(ctx, b.ID, who)
	case "cancel":
		err = a.batches.Cancel(ctx, b.ID, who)
	case "plan":
		err = a.batches.Plan(ctx, b.ID)
	default:
		err = errNotFound
	}
	if err != nil {
		return 0, nil, err
	}
	if b, err = a.batches.Batch(ctx, b.ID); err != nil {
		return 0, nil, err
	}
	return a.tellBatch(r, b, http.StatusOK)
}
