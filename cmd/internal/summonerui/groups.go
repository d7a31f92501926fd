package summonerui

import (
	"context"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/roster"
	"kommunalplanner.example/planner/rosterdb"
)

// Groups are teams of case workers, and rooms; *rosterdb.Store has it.
type Groups interface {
	Workers(ctx context.Context, jc planner.JobCenterCode) ([]rosterdb.Worker, error)
	Teams(ctx context.Context, jc planner.JobCenterCode) ([]rosterdb.Versioned[roster.Team], error)
	Team(ctx context.Context, id uuid.UUID) (rosterdb.Versioned[roster.Team], error)
	PutTeam(ctx context.Context, t roster.Team, version int, by string) error
	DeleteTeam(ctx context.Context, id uuid.UUID, version int, by string) error
	Rooms(ctx context.Context, jc planner.JobCenterCode) ([]rosterdb.Versioned[roster.Room], error)
	Room(ctx context.Context, id uuid.UUID) (rosterdb.Versioned[roster.Room], error)
	PutRoom(ctx context.Context, r roster.Room, version int, by string) error
}

var _ Groups = (*rosterdb.Store)(nil)

const (
	teamsPath = root + "teams"
	roomsPath = root + "lokaler"
)

type groupPages struct {
	*UI
	groups Groups
	people People
}

func (u *UI) addGroups(needs Groups, people People) {
	p := groupPages{u, needs, people}
	u.menu(teamsPath, "Hold", planner.MayPlan)
	u.menu(roomsPath, "Lokaler", planner.MayPlan)
	u.site.Handle("GET", teamsPath, planner.MayPlan, p.listTeams)
	u.site.Handle("GET", roomsPath, planner.MayPlan, p.listRooms)
	for _, at := range []string{"/ny/{center}", "/id/{id}"} {
		u.site.Handle("GET", teamsPath+at, planner.MayPlan, p.editTeam)
		u.site.Handle("POST", teamsPath+at, planner.MayPlan, p.saveTeam)
		u.site.Handle("GET", roomsPath+at, planner.MayPlan, p.editRoom)
		u.site.Handle("POST", roomsPath+at, planner.MayPlan, p.saveRoom)
	}
	u.site.Handle("POST", teamsPath+"/id/{id}/fjern", planner.MayPlan, p.removeTeam)
	u.site.Notices(map[string]webui.Notice{
		"hold-gemt":    {Text: "Holdet er gemt. Møder, der er aftalt, er ikke ændret."},
		"hold-fjernet": {Text: "Holdet er fjernet. Møder, der er aftalt, er ikke ændret."},
		"lokale-gemt":  {Text: "Lokalet er gemt. Møder beholder det lokale, de har."},
	})
}

// groupsPage lists teams or rooms.
type groupsPage struct {
	Heading, Fresh, Column, None string
	Centers                      []groupsOf
}

type groupsOf struct {
	planner.JobCenter
	New  string
	Rows []groupRow
}

type groupRow struct{ Name, State, Here string }

// list shows the page with each job centre's rows, whose addresses are below path.
func (p groupPages) list(w http.ResponseWriter, r *http.Request, page groupsPage, path string, rows func(planner.JobCenterCode) ([]groupRow, error)) {
	centers, err := p.ownCenters(r, p.people)
	for _, c := range centers {
		if err == nil {
			one := groupsOf{JobCenter: c, New: p.site.URL(path + "/ny/" + string(c.Code))}
			one.Rows, err = rows(c.Code)
			page.Centers = append(page.Centers, one)
		}
	}
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	p.pages.Render(w, r, http.StatusOK, "groups", page.Heading, page)
}

func (p groupPages) listTeams(w http.ResponseWriter, r *http.Request) {
	page := groupsPage{Heading: "Hold", Fresh: "Nyt hold", Column: "Vejledere", None: "Der er ingen hold."}
	p.list(w, r, page, teamsPath, func(jc planner.JobCenterCode) (rows []groupRow, err error) {
		teams, err := p.groups.Teams(r.Context(), jc)
		for _, t := range teams {
			rows = append(rows, groupRow{t.Value.Name, webui.Count(len(t.Value.Members), "vejleder", "vejledere"), p.at(teamsPath, t.Value.ID)})
		}
		return rows, err
	})
}

func (p groupPages) listRooms(w http.ResponseWriter, r *http.Request) {
	page := groupsPage{Heading: "Lokaler", Fresh: "Nyt lokale", Column: "Tilstand", None: "Der er ingen lokaler."}
	p.list(w, r, page, roomsPath, func(jc planner.JobCenterCode) (rows []groupRow, err error) {
		rooms, err := p.groups.Rooms(r.Context(), jc)
		for _, room := range rooms {
			state := "I brug"
			if !room.Value.Active {
				state = "Ude af brug"
			}
			rows = append(rows, groupRow{room.Value.Name, state, p.at(roomsPath, room.Value.ID)})
		}
		return rows, err
	})
}

// at is the address of a thing.
func (p groupPages) at(path string, id uuid.UUID) string {
	return p.site.URL(path + "/id/" + id.String())
}

// groupPage is one team or room, or a new one.
type groupPage struct {
	Form                       *webui.Form
	Team, New                  bool
	Heading, List, Above, Here string
	Members                    []webui.Choice
}

func (p groupPages) findTeam(w http.ResponseWriter, r *http.Request) (t rosterdb.Versioned[roster.Team], ok bool) {
	var err error
	if code := r.PathValue("center"); code != "" {
		t.Value.JobCenter = planner.JobCenterCode(code)
	} else {
		t, err = byID(r.Context(), r.PathValue("id"), p.groups.Team)
	}
	return t, p.seen(w, r, t.Value.JobCenter, err)
}

func filledTeam(t rosterdb.Versioned[roster.Team]) *webui.Form {
	f := webui.NewForm(map[string]string{"name": t.Value.Name, "version": strconv.Itoa(t.Version)})
	f.Values["members"] = idTexts(t.Value.Members)
	return f
}

func (p groupPages) editTeam(w http.ResponseWriter, r *http.Request) {
	if t, ok := p.findTeam(w, r); ok {
		p.showTeam(w, r, t.Value, filledTeam(t))
	}
}

func (p groupPages) showTeam(w http.ResponseWriter, r *http.Request, t roster.Team, f *webui.Form) {
	workers, err := p.groups.Workers(r.Context(), t.JobCenter)
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	page := groupPage{
		Form: f, Team: true, New: t.ID == uuid.Nil, Heading: t.Name, List: "Hold", Above: p.site.URL(teamsPath), Here: p.at(teamsPath, t.ID),
		Members: workerChoices(workers, t.Members),
	}
	if page.New {
		page.Heading, page.Here = "Nyt hold", p.site.URL(teamsPath+"/ny/"+string(t.JobCenter))
	}
	p.pages.Render(w, r, formStatus(f), "group", f.Title(page.Heading), page)
}

func (p groupPages) saveTeam(w http.ResponseWriter, r *http.Request) {
	found, ok := p.findTeam(w, r)
	if !ok {
		return
	}
	f, t := webui.ReadForm(r), found.Value
	t.Name, t.Members = f.Get("name"), readIDs(f, "members")
	if t.ID == uuid.Nil {
		t.ID = uuid.New() // a form sent twice is refused for its name
	}
	version, _ := strconv.Atoi(f.Get("version")) // none is for a new one
	err := p.groups.PutTeam(r.Context(), t, version, webui.PersonOf(r).Actor())
	if err == nil {
		p.site.Back(w, r, "hold-gemt", p.site.URL(teamsPath))
	} else if p.refused(w, r, f, err, "holdet") {
		p.showTeam(w, r, found.Value, f)
	}
}

func (p groupPages) removeTeam(w http.ResponseWriter, r *http.Request) {
	t, ok := p.findTeam(w, r)
	if !ok {
		return
	}
	f := filledTeam(t)
	version, _ := strconv.Atoi(webui.ReadForm(r).Get("version")) // one that is no number is none that is stored
	if err := p.groups.DeleteTeam(r.Context(), t.Value.ID, version, webui.PersonOf(r).Actor()); err == nil {
		p.site.Back(w, r, "hold-fjernet", p.site.URL(teamsPath))
	} else if p.refused(w, r, f, err, "holdet") {
		p.showTeam(w, r, t.Value, f)
	}
}

func (p groupPages) findRoom(w http.ResponseWriter, r *http.Request) (room rosterdb.Versioned[roster.Room], ok bool) {
	var err error
	if code := r.PathValue("center"); code != "" {
		room.Value = roster.Room{JobCenter: planner.JobCenterCode(code), Active: true}
	} else {
		room, err = byID(r.Context(), r.PathValue("id"), p.groups.Room)
	}
	return room, p.seen(w, r, room.Value.JobCenter, err)
}

func (p groupPages) editRoom(w http.ResponseWriter, r *http.Request) {
	room, ok := p.findRoom(w, r)
	if !ok {
		return
	}
	f := webui.NewForm(map[string]string{"name": room.Value.Name, "version": strconv.Itoa(room.Version)})
	if room.Value.Active {
		f.Values.Set("active", "ja")
	}
	p.showRoom(w, r, room.Value, f)
}

func (p groupPages) showRoom(w http.ResponseWriter, r *http.Request, room roster.Room, f *webui.Form) {
	page := groupPage{
		Form: f, New: room.ID == uuid.Nil, Heading: room.Name, List: "Lokaler", Above: p.site.URL(roomsPath), Here: p.at(roomsPath, room.ID),
	}
	if page.New {
		page.Heading, page.Here = "Nyt lokale", p.site.URL(roomsPath+"/ny/"+string(room.JobCenter))
	}
	p.pages.Render(w, r, formStatus(f), "group", f.Title(page.Heading), page)
}

func (p groupPages) saveRoom(w http.ResponseWriter, r *http.Request) {
	found, ok := p.findRoom(w, r)
	if !ok {
		return
	}
	f, room := webui.ReadForm(r), found.Value
	room.Name, room.Active = f.Get("name"), f.Has("active", "ja")
	if room.ID == uuid.Nil {
		room.ID = uuid.New() // a form sent twice is refused for its name
	}
	version, _ := strconv.Atoi(f.Get("version")) // none is for a new one
	err := p.groups.PutRoom(r.Context(), room, version, webui.PersonOf(r).Actor())
	if err == nil {
		p.site.Back(w, r, "lokale-gemt", p.site.URL(roomsPath))
	} else if p.refused(w, r, f, err, "lokalet") {
		p.showRoom(w, r, found.Value, f)
	}
}
