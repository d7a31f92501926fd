package staffdb

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/migrations/pgtest"
	"kommunalplanner.example/planner"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var noon = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

const good = "fire tilfældige ord"

// world is a store with one job centre, a clock, and an account "ida" that may sign in.
type world struct {
	*Store
	pool *pgxpool.Pool
	mu   sync.Mutex
	at   time.Time
	ida  planner.Staff
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{pool: pgtest.New(t), at: noon}
	w.Store = New(w.pool, func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.at })
	if _, err := w.pool.Exec(t.Context(), `insert into job_center (code, name) values ('10100', 'Prøveby')`); err != nil {
		t.Fatal(err)
	}
	w.ida = planner.Staff{Login: "Ida", Name: " Ida Indkalder ", Roles: []planner.Role{planner.RoleSummoner}, JobCenters: []planner.JobCenterCode{"10100"}}
	var err error
	if w.ida.ID, err = w.Put(t.Context(), w.ida, "admin:test"); err != nil {
		t.Fatal(err)
	}
	w.ida.Login = "ida"
	if err := w.SetPassword(t.Context(), w.ida, good, "admin:test"); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) audit(t *testing.T) string {
	t.Helper()
	var all string
	if err := w.pool.QueryRow(t.Context(), `select coalesce(string_agg(actor || ' ' || action || ' ' || coalesce(after->>'login', ''), '; ' order by id), '') from audit_entry`).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAnEmployeeSignsInWithTheirPasswordOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, ok, err := w.SignIn(t.Context(), "IDA", good)
	if err != nil || !ok || a.Actor() != "staff:ida" || a.Name != "Ida Indkalder" || !a.May(planner.MaySummon) || !a.ActsFor("10100") || a.ActsFor("10200") {
		t.Fatalf("%+v, %v, %v", a, ok, err)
	}
	if known, err := w.Named(t.Context(), "ida"); err != nil || known.LastLogin == nil || !known.LastLogin.Equal(noon) {
		t.Errorf("last login %+v, %v", known, err)
	}
	if _, err := w.Put(t.Context(), planner.Staff{Login: "uden", Name: "Uden adgangskode"}, "admin:test"); err != nil {
		t.Fatal(err)
	}
	for _, pair := range [][2]string{{"ida", good + "!"}, {"ida", ""}, {"nobody", good}, {"", ""}, {"uden", ""}, {"uden", good}, {"ida", strings.Repeat("x", 1<<16)}} {
		if _, ok, err := w.SignIn(t.Context(), pair[0], pair[1]); ok || err != nil {
			t.Errorf("%q: %v, %v", pair[0], ok, err)
		}
	}
}

func TestANewPasswordAndAClosedAccountEndSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, _, err := w.Account(t.Context(), "ida")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetPassword(t.Context(), w.ida, "en helt anden en", "staff:ida"); err != nil {
		t.Fatal(err)
	}
	second, _, _ := w.Account(t.Context(), "ida")
	if second.Epoch == first.Epoch {
		t.Error("a new password keeps the sessions")
	}
	if _, ok, _ := w.SignIn(t.Context(), "ida", good); ok {
		t.Error("the old password still opens")
	}
	token, err := w.IssueToken(t.Context(), w.ida.ID, "fagsystem", noon.AddDate(0, 1, 0), "staff:ida")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetActive(t.Context(), w.ida.ID, false, "admin:test"); err != nil {
		t.Fatal(err)
	}
	if err := w.SetActive(t.Context(), w.ida.ID, false, "admin:test"); !errors.Is(err, ErrUnknown) {
		t.Errorf("closed twice: %v", err)
	}
	_, known, _ := w.Account(t.Context(), "ida")
	_, in, _ := w.SignIn(t.Context(), "ida", "en helt anden en")
	_, byToken, _ := w.ByToken(t.Context(), token)
	if known || in || byToken {
		t.Errorf("a closed account opens: %v %v %v", known, in, byToken)
	}
	if err := w.SetActive(t.Context(), w.ida.ID, true, "admin:test"); err != nil {
		t.Fatal(err)
	}
	if third, ok, _ := w.Account(t.Context(), "ida"); !ok || third.Epoch == second.Epoch {
		t.Errorf("opened again: %+v, %v", third, ok)
	}
	if _, ok, _ := w.ByToken(t.Context(), token); ok {
		t.Error("its tokens came back")
	}
	if got, want := w.audit(t), "admin:test staff:add ida; admin:test staff:password ida; staff:ida staff:password ida; staff:ida staff:token ida; admin:test staff:disable ida; admin:test staff:enable ida"; got != want {
		t.Errorf("audit %q, want %q", got, want)
	}
}

func TestATokenIsGoodUntilItsEndOrItsRevocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, err := w.IssueToken(t.Context(), w.ida.ID, "fagsystem", noon.Add(time.Hour), "staff:ida")
	if err != nil {
		t.Fatal(err)
	}
	if a, ok, err := w.ByToken(t.Context(), token); !ok || err != nil || a.Login != "ida" {
		t.Errorf("%+v, %v, %v", a, ok, err)
	}
	for _, other := range []string{"", token + "x", strings.ToLower(token)} {
		if _, ok, _ := w.ByToken(t.Context(), other); ok {
			t.Errorf("%q opens", other)
		}
	}
	var kept int
	if err := w.pool.QueryRow(t.Context(), `select count(*) from staff_token t where t::text like '%' || $1 || '%'`, token).Scan(&kept); err != nil || kept != 0 {
		t.Errorf("the token itself is kept: %d, %v", kept, err)
	}
	listed, err := w.Tokens(t.Context(), w.ida.ID)
	if err != nil || len(listed) != 1 || listed[0].Name != "fagsystem" {
		t.Fatalf("%v, %v", listed, err)
	}
	if err := w.RevokeToken(t.Context(), uuid.New(), listed[0].ID, "staff:eve"); !errors.Is(err, ErrUnknown) {
		t.Errorf("somebody else's: %v", err)
	}
	w.mu.Lock()
	w.at = noon.Add(time.Hour)
	w.mu.Unlock()
	if _, ok, _ := w.ByToken(t.Context(), token); ok {
		t.Error("good at its end")
	}
	w.mu.Lock()
	w.at = noon
	w.mu.Unlock()
	if err := w.RevokeToken(t.Context(), w.ida.ID, listed[0].ID, "staff:ida"); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := w.ByToken(t.Context(), token); ok {
		t.Error("good after its revocation")
	}
	for _, bad := range []struct {
		name string
		end  time.Time
	}{{"", noon.Add(time.Hour)}, {"x", noon}, {"x", noon.AddDate(3, 0, 0)}, {strings.Repeat("x", 101), noon.Add(time.Hour)}} {
		if _, err := w.IssueToken(t.Context(), w.ida.ID, bad.name, bad.end, "staff:ida"); !errors.Is(err, ErrBadToken) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestAnAccountIsRefusedForWhatIsWrongAndChangedButForItsLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		a    planner.Staff
		want error
	}{
		"taken":        {planner.Staff{Login: "ida", Name: "En anden"}, ErrLoginTaken},
		"bad login":    {planner.Staff{Login: "ida b", Name: "En anden"}, ErrBadLogin},
		"no login":     {planner.Staff{Name: "En anden"}, ErrBadLogin},
		"no name":      {planner.Staff{Login: "bo", Name: " "}, ErrBadAccount},
		"unknown role": {planner.Staff{Login: "bo", Name: "Bo", Roles: []planner.Role{"owner"}}, ErrBadAccount},
		"not there":    {planner.Staff{ID: uuid.New(), Login: "ida", Name: "Ida"}, ErrUnknown},
	} {
		if _, err := w.Put(t.Context(), c.a, "admin:test"); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	changed := planner.Staff{ID: w.ida.ID, Login: "ida", Name: "Ida Ny", Roles: []planner.Role{planner.RoleReader}, AllJobCenters: true}
	if _, err := w.Put(t.Context(), changed, "admin:test"); err != nil {
		t.Fatal(err)
	}
	a, _, _ := w.SignIn(t.Context(), "ida", good)
	if a.Name != "Ida Ny" || a.May(planner.MaySummon) || len(a.JobCenters) != 0 || !a.ActsFor("99999") {
		t.Errorf("%+v", a)
	}
	var before string
	if err := w.pool.QueryRow(t.Context(), `select before->>'name' from audit_entry where action = 'staff:change'`).Scan(&before); err != nil || before != "Ida Indkalder" {
		t.Errorf("before %q, %v", before, err)
	}
	for _, p := range []string{"", "elleve tegn", strings.Repeat("x", 201)} {
		if err := w.SetPassword(t.Context(), w.ida, p, "admin:test"); !errors.Is(err, ErrBadPassword) {
			t.Errorf("password of %d: %v", len(p), err)
		}
	}
	if GoodPassword("ida.indkalder@kommune.example", "Ida.Indkalder@kommune.example") {
		t.Error("the login is taken for a password")
	}
	all, err := w.Accounts(t.Context())
	if err != nil || len(all) != 1 || !all[0].HasPassword || all[0].Login != "ida" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestOnlyAWholeHashOfThePasswordMatches(t *testing.T) {
	t.Parallel()
	hash := hashPassword(good)
	if !matches(hash, good) || hash == hashPassword(good) {
		t.Error("a hash does not match, or has no salt")
	}
	for _, bad := range []string{"", "$", hash[:len(hash)-1], hash + "$", strings.Replace(hash, "argon2id", "argon2i", 1), strings.Replace(hash, "t=2", "t=0", 1),
		strings.Replace(hash, "v=19", "v=16", 1), strings.Replace(hash, "m=19456", "m=99999999", 1), hash[:strings.LastIndex(hash, "$")+1]} {
		if matches(bad, good) {
			t.Errorf("%q matches", bad)
		}
	}
}
