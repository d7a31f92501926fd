package summonerui

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"kommunalplanner.example/cmd/internal/webui"
	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/staffdb"
)

// Accounts are the employees' accounts; *staffdb.Store has it. by is the actor of the audit row.
type Accounts interface {
	Accounts(ctx context.Context) ([]staffdb.Account, error)
	// Named gives one, active or not. staffdb.ErrUnknown.
	Named(ctx context.Context, login string) (staffdb.Account, error)
	Put(ctx context.Context, a planner.Staff, by string) (uuid.UUID, error)
	SetPassword(ctx context.Context, account planner.Staff, password, by string) error
	SetActive(ctx context.Context, account uuid.UUID, active bool, by string) error
	// SignIn tells whether a password is the account's.
	SignIn(ctx context.Context, login, password string) (staffdb.Account, bool, error)
	Tokens(ctx context.Context, account uuid.UUID) ([]staffdb.Token, error)
	IssueToken(ctx context.Context, account uuid.UUID, name string, expires time.Time, by string) (token string, err error)
	RevokeToken(ctx context.Context, account, token uuid.UUID, by string) error
}

var _ Accounts = (*staffdb.Store)(nil)

const (
	accountsPath = root + "medarbejdere"
	ownPath      = root + "konto"
)

// roleNames are the roles with what they are for.
var roleNames = []webui.Choice{
	{Value: string(planner.RoleReader), Name: "Læser: ser kalendere og møder uden borgernes navne"},
	{Value: string(planner.RoleSummoner), Name: "Indkalder: indkalder borgere og retter mødetilbud"},
	{Value: string(planner.RoleAdministrator), Name: "Administrator: passer kalendere, køer og brugere"},
}

const everyJobCenter = "alle"

type accountPages struct {
	*UI
	accounts Accounts
	people   People
}

func (u *UI) addAccounts(accounts Accounts, people People) {
	p := accountPages{u, accounts, people}
	u.menu(accountsPath, "Medarbejdere", planner.MayAdminister)
	u.site.Handle("GET", accountsPath, planner.MayAdminister, p.list)
	u.site.Handle("GET", accountsPath+"/ny", planner.MayAdminister, p.edit)
	u.site.Handle("GET", accountsPath+"/konto/{login}", planner.MayAdminister, p.edit)
	u.site.Handle("POST", accountsPath+"/ny", planner.MayAdminister, p.save)
	u.site.Handle("POST", accountsPath+"/konto/{login}", planner.MayAdminister, p.save)
	u.site.Handle("POST", accountsPath+"/konto/{login}/adgangskode", planner.MayAdminister, p.reset)
	u.site.Handle("POST", accountsPath+"/konto/{login}/aktiv", planner.MayAdminister, p.setActive)
	u.menu(ownPath, "Min konto", planner.MaySee)
	u.site.Handle("GET", ownPath, planner.MaySee, p.own)
	u.site.Handle("POST", ownPath, planner.MaySee, p.changeOwn)
	u.site.Notices(map[string]webui.Notice{
		"konto-gemt":     {Text: "Brugeren er gemt."},
		"konto-kode":     {Text: "Adgangskoden er skiftet. Andre steder, hvor brugeren var logget ind, er logget ud."},
		"konto-lukket":   {Text: "Brugeren er lukket og logget ud."},
		"konto-aabnet":   {Text: "Brugeren er åbnet igen."},
		"konto-som-foer": {Text: "Intet blev ændret: Brugeren er det allerede.", Wrong: true},
		"konto-noegle":   {Text: "Nøglen er trukket tilbage og kan ikke bruges mere."},
	})
}

// listed is an account in the list.
type listed struct {
	staffdb.Account
	RoleNames, Centers string
	LastSeen           webui.Moment
	Here               string
}

func (p accountPages) list(w http.ResponseWriter, r *http.Request) {
	all, err := p.accounts.Accounts(r.Context())
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	var rows []listed
	for _, a := range all {
		row := listed{Account: a, LastSeen: webui.AtPtr(a.LastLogin, p.site.Now()), Here: p.site.URL(accountsPath + "/konto/" + a.Login), Centers: "Alle"}
		var names []string
		for _, c := range roleNames {
			if slices.Contains(a.Roles, planner.Role(c.Value)) {
				name, _, _ := strings.Cut(c.Name, ":")
				names = append(names, name)
			}
		}
		row.RoleNames = strings.Join(names, ", ")
		if !a.AllJobCenters {
			var codes []string
			for _, c := range a.JobCenters {
				codes = append(codes, string(c))
			}
			row.Centers = strings.Join(codes, ", ")
		}
		rows = append(rows, row)
	}
	p.pages.Render(w, r, http.StatusOK, "accounts", "Medarbejdere", rows)
}

// accountPage is one account, or a new one.
type accountPage struct {
	Form, Password *webui.Form
	New            bool
	Login, Heading string
	Active         bool
	Here           string
	Roles, Centers []webui.Choice
}

// find gives the account of the address, an empty one for "ny"; it answers itself when there is none.
func (p accountPages) find(w http.ResponseWriter, r *http.Request) (staffdb.Account, bool) {
	login := r.PathValue("login")
	if login == "" {
		return staffdb.Account{}, true
	}
	a, err := p.accounts.Named(r.Context(), login)
	switch {
	case errors.Is(err, staffdb.ErrUnknown):
		p.site.NotFound(w, r)
	case err != nil:
		p.site.Broken(w, r, err)
	default:
		return a, true
	}
	return a, false
}

// show renders the account with the form's state; nil for what the account is.
func (p accountPages) show(w http.ResponseWriter, r *http.Request, a staffdb.Account, form, password *webui.Form) {
	centers, err := p.people.JobCenters(r.Context())
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	page := accountPage{
		Form: form, Password: password, New: a.ID == uuid.Nil, Login: a.Login, Heading: a.Name, Active: a.Active,
		Here: p.site.URL(accountsPath + "/konto/" + a.Login), Roles: roleNames, Centers: []webui.Choice{{Value: everyJobCenter, Name: "Alle, også dem der kommer til"}},
	}
	if page.New {
		page.Heading, page.Here = "Ny medarbejder", p.site.URL(accountsPath+"/ny")
	}
	for _, c := range centers {
		page.Centers = append(page.Centers, webui.Choice{Value: string(c.Code), Name: c.Name + " (" + string(c.Code) + ")"})
	}
	if page.Password == nil {
		page.Password = webui.NewForm(nil)
	}
	if page.Form == nil {
		page.Form = webui.NewForm(map[string]string{"navn": a.Name})
		for _, role := range a.Roles {
			page.Form.Values.Add("roller", string(role))
		}
		for _, c := range a.JobCenters {
			page.Form.Values.Add("jobcentre", string(c))
		}
		if a.AllJobCenters {
			page.Form.Values.Add("jobcentre", everyJobCenter)
		}
	}
	status, title := http.StatusOK, page.Heading
	for _, f := range []*webui.Form{page.Form, page.Password} {
		if !f.OK() {
			status, title = http.StatusUnprocessableEntity, f.Title(page.Heading)
		}
	}
	p.pages.Render(w, r, status, "account", title, page)
}

func (p accountPages) edit(w http.ResponseWriter, r *http.Request) {
	if a, ok := p.find(w, r); ok {
		p.show(w, r, a, nil, nil)
	}
}

const badPassword = "Adgangskoden skal være på mindst 12 tegn, højst 200, og må ikke være brugernavnet."

func (p accountPages) save(w http.ResponseWriter, r *http.Request) {
	a, ok := p.find(w, r)
	if !ok {
		return
	}
	f, fresh, by := webui.ReadForm(r), a.ID == uuid.Nil, webui.PersonOf(r).Actor()
	if fresh {
		a.Login = strings.ToLower(f.Get("login"))
		f.Check(staffdb.GoodPassword(a.Login, f.Values.Get("adgangskode")), "adgangskode", badPassword)
	}
	a.Name, a.Roles, a.JobCenters, a.AllJobCenters = f.Get("navn"), nil, nil, f.Has("jobcentre", everyJobCenter)
	for _, role := range f.All("roller") {
		a.Roles = append(a.Roles, planner.Role(role))
	}
	f.Check(len(a.Roles) > 0, "roller", "Vælg mindst én rolle.")
	centers, err := p.people.JobCenters(r.Context())
	if err != nil {
		p.site.Broken(w, r, err)
		return
	}
	for _, c := range centers {
		if f.Has("jobcentre", string(c.Code)) && !a.AllJobCenters {
			a.JobCenters = append(a.JobCenters, c.Code)
		}
	}
	f.Check(a.AllJobCenters || len(a.JobCenters) > 0, "jobcentre", "Vælg mindst ét jobcenter.")
	f.Check(a.Name != "" && len([]rune(a.Name)) <= 100, "navn", "Skriv et navn på højst 100 tegn.")
	if f.OK() {
		a.ID, err = p.accounts.Put(r.Context(), a.Staff, by)
		if err == nil && fresh {
			err = p.accounts.SetPassword(r.Context(), a.Staff, f.Values.Get("adgangskode"), by)
		}
		switch {
		case err == nil:
			p.site.Back(w, r, "konto-gemt", p.site.URL(accountsPath))
			return
		case errors.Is(err, staffdb.ErrBadLogin):
			f.Wrong("login", "Brugernavnet må kun have a-z, 0-9 og ._@- og være på højst 64 tegn.")
		case errors.Is(err, staffdb.ErrLoginTaken):
			f.Wrong("login", "Brugernavnet er optaget.")
		default:
			p.site.Broken(w, r, err)
			return
		}
	}
	if fresh {
		a.ID = uuid.Nil
	}
	p.show(w, r, a, f, nil)
}

func (p accountPages) reset(w http.ResponseWriter, r *http.Request) {
	a, ok := p.find(w, r)
	if !ok {
		return
	}
	f := webui.ReadForm(r)
	err := p.accounts.SetPassword(r.Context(), a.Staff, f.Values.Get("adgangskode"), webui.PersonOf(r).Actor())
	switch {
	case errors.Is(err, staffdb.ErrBadPassword):
		f.Wrong("adgangskode", badPassword)
		p.show(w, r, a, nil, f)
	case err != nil:
		p.site.Broken(w, r, err)
	default:
		p.site.Back(w, r, "konto-kode", p.site.URL(accountsPath))
	}
}

func (p accountPages) setActive(w http.ResponseWriter, r *http.Request) {
	a, ok := p.find(w, r)
	if !ok {
		return
	}
	active := r.PostFormValue("aktiv") == "ja"
	err := p.accounts.SetActive(r.Context(), a.ID, active, webui.PersonOf(r).Actor())
	code := "konto-lukket"
	if active {
		code = "konto-aabnet"
	}
	switch {
	case errors.Is(err, staffdb.ErrUnknown):
		code = "konto-som-foer"
	case err != nil:
		p.site.Broken(w, r, err)
		return
	}
	p.site.Back(w, r, code, p.site.URL(accountsPath))
}

// ownPage is who is signed in, with their tokens. Fresh is a token just made, shown this once.
type ownPage struct {
	Form, Password *webui.Form
	Account        bool
	Tokens         []staffdb.Token
	Fresh          string
}

func (p accountPages) own(w http.ResponseWriter, r *http.Request) {
	p.showOwn(w, r, webui.NewForm(map[string]string{"dage": "90"}), webui.NewForm(nil), "")
}

func (p accountPages) showOwn(w http.ResponseWriter, r *http.Request, form, password *webui.Form, fresh string) {
	who := webui.PersonOf(r)
	page := ownPage{Form: form, Password: password, Account: who.ID != uuid.Nil, Fresh: fresh}
	if page.Account {
		var err error
		if page.Tokens, err = p.accounts.Tokens(r.Context(), who.ID); err != nil {
			p.site.Broken(w, r, err)
			return
		}
	}
	status, title := http.StatusOK, "Min konto"
	for _, f := range []*webui.Form{form, password} {
		if !f.OK() {
			status, title = http.StatusUnprocessableEntity, f.Title("Min konto")
		}
	}
	p.pages.Render(w, r, status, "own", title, page)
}

// changeOwn changes the password, or makes or revokes a token, of who is signed in.
func (p accountPages) changeOwn(w http.ResponseWriter, r *http.Request) {
	who, f := webui.PersonOf(r), webui.ReadForm(r)
	if who.ID == uuid.Nil {
		p.site.NotFound(w, r)
		return
	}
	days := map[string]int{"30": 30, "90": 90, "365": 365}[f.Get("dage")]
	token, notToken := uuid.Parse(f.Get("noegle"))
	var err error
	switch f.Get("handling") {
	case "adgangskode":
		_, right, signIn := p.accounts.SignIn(r.Context(), who.Login, f.Values.Get("nuvaerende"))
		f.Check(right, "nuvaerende", "Den nuværende adgangskode er forkert.")
		f.Check(staffdb.GoodPassword(who.Login, f.Values.Get("adgangskode")), "adgangskode", badPassword)
		if err = signIn; err == nil && f.OK() {
			if err = p.accounts.SetPassword(r.Context(), who, f.Values.Get("adgangskode"), who.Actor()); err == nil {
				p.site.Back(w, r, "konto-kode", p.site.URL(ownPath))
				return
			}
		}
		if err == nil {
			p.showOwn(w, r, webui.NewForm(map[string]string{"dage": "90"}), f, "")
			return
		}
	case "ny-noegle":
		f.Check(f.Get("navn") != "" && len([]rune(f.Get("navn"))) <= 100, "navn", "Skriv på højst 100 tegn, hvad nøglen skal bruges til.")
		f.Check(days > 0, "dage", "Vælg, hvor længe nøglen skal gælde.")
		fresh := ""
		if f.OK() {
			fresh, err = p.accounts.IssueToken(r.Context(), who.ID, f.Get("navn"), p.site.Now().AddDate(0, 0, days), who.Actor())
		}
		if err == nil {
			p.showOwn(w, r, f, webui.NewForm(nil), fresh)
			return
		}
	case "tilbagekald":
		if err = notToken; err == nil {
			err = p.accounts.RevokeToken(r.Context(), who.ID, token, who.Actor())
		}
		if err == nil {
			p.site.Back(w, r, "konto-noegle", p.site.URL(ownPath))
			return
		}
		if notToken != nil || errors.Is(err, staffdb.ErrUnknown) {
			p.site.NotFound(w, r)
			return
		}
	default:
		p.site.NotFound(w, r)
		return
	}
	p.site.Broken(w, r, err)
}
