package staffdb

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kommunalplanner.example/planner"
	"kommunalplanner.example/planner/staffdb/dbsqlc"
)

// What may be wrong with what somebody asks for.
var (
	ErrUnknown     = errors.New("no such account or token")
	ErrLoginTaken  = errors.New("login is taken")
	ErrBadLogin    = errors.New("login has other signs than a-z, 0-9 and ._@-, or is longer than 64")
	ErrBadPassword = fmt.Errorf("password has fewer than %d signs, more than %d, or is the login", ShortestPassword, longestPassword)
	ErrBadAccount  = errors.New("account needs a name of at most 100 signs and known roles")
	ErrBadToken    = errors.New("token needs a name of at most 100 signs and an end within two years")
)

// Account is an employee's account.
type Account struct {
	planner.Staff
	Active      bool
	HasPassword bool
	// Epoch changes when sessions must end.
	Epoch     int
	CreatedAt time.Time
	LastLogin *time.Time
}

// Store is safe for concurrent use.
type Store struct {
	pool    *pgxpool.Pool
	now     func() time.Time
	judging judging
}

// New makes a store over a migrated database. The caller closes the pool.
func New(pool *pgxpool.Pool, now func() time.Time) *Store {
	return &Store{pool: pool, now: func() time.Time { return now().UTC().Truncate(time.Microsecond) }, judging: make(judging, 2)}
}

// nobodysHash is judged for an unknown login, so that it takes as long as a known one.
var nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// SignIn gives the active account whose password this is, and notes when. ok is false whatever else is wrong.
func (s *Store) SignIn(ctx context.Context, login, password string) (a Account, ok bool, err error) {
	row, found, err := s.byLogin(ctx, login)
	if err != nil {
		return Account{}, false, err
	}
	hash := nobodysHash
	if found && row.PasswordHash != nil {
		hash = *row.PasswordHash
	}
	err = s.judging.do(ctx, func() { ok = len(password) <= 4*longestPassword && matches(hash, password) })
	if err != nil || !ok || !found || row.PasswordHash == nil || !row.Active {
		return Account{}, false, err
	}
	if err := dbsqlc.New(s.pool).NoteLogin(ctx, dbsqlc.NoteLoginParams{ID: row.ID, At: s.now()}); err != nil {
		return Account{}, false, fmt.Errorf("note login: %w", err)
	}
	return toAccount(row), true, nil
}

// Account gives the active account of a login.
func (s *Store) Account(ctx context.Context, login string) (Account, bool, error) {
	row, found, err := s.byLogin(ctx, login)
	if err != nil || !found || !row.Active {
		return Account{}, false, err
	}
	return toAccount(row), true, nil
}

// ByToken gives the active account that an API token stands for, as long as it is neither revoked nor at its end.
func (s *Store) ByToken(ctx context.Context, token string) (Account, bool, error) {
	hash := sha256.Sum256([]byte(token))
	logins, err := dbsqlc.New(s.pool).LoginByToken(ctx, dbsqlc.LoginByTokenParams{TokenHash: hash[:], Now: s.now()})
	if err != nil {
		return Account{}, false, fmt.Errorf("look up a token: %w", err)
	}
	if len(logins) == 0 {
		return Account{}, false, nil
	}
	return s.Account(ctx, logins[0])
}

func (s *Store) byLogin(ctx context.Context, login string) (row dbsqlc.AccountByLoginRow, found bool, err error) {
	rows, err := dbsqlc.New(s.pool).AccountByLogin(ctx, strings.ToLower(login))
	if err != nil {
		return row, false, fmt.Errorf("look up an account: %w", err)
	}
	if len(rows) == 0 {
		return row, false, nil
	}
	return rows[0], true, nil
}

// Named gives an account, active or not. ErrUnknown.
func (s *Store) Named(ctx context.Context, login string) (Account, error) {
	row, found, err := s.byLogin(ctx, login)
	if err == nil && !found {
		err = ErrUnknown
	}
	return toAccount(row), err
}

// Accounts lists all accounts by name.
func (s *Store) Accounts(ctx context.Context) ([]Account, error) {
	rows, err := dbsqlc.New(s.pool).Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	out := make([]Account, len(rows))
	for i, r := range rows {
		out[i] = Account{Staff: toStaff(r.ID, r.Login, r.Name, r.Roles, r.JobCenters, r.AllJobCenters), Active: r.Active, HasPassword: r.HasPassword,
			Epoch: int(r.Epoch), CreatedAt: r.CreatedAt, LastLogin: r.LastLoginAt}
	}
	return out, nil
}

func toAccount(r dbsqlc.AccountByLoginRow) Account {
	return Account{Staff: toStaff(r.ID, r.Login, r.Name, r.Roles, r.JobCenters, r.AllJobCenters), Active: r.Active, HasPassword: r.PasswordHash != nil,
		Epoch: int(r.Epoch), CreatedAt: r.CreatedAt, LastLogin: r.LastLoginAt}
}

func toStaff(id uuid.UUID, login, name string, roles, centers []string, all bool) planner.Staff {
	out := planner.Staff{ID: id, Login: login, Name: name, AllJobCenters: all}
	for _, r := range roles {
		out.Roles = append(out.Roles, planner.Role(r))
	}
	for _, c := range centers {
		out.JobCenters = append(out.JobCenters, planner.JobCenterCode(c))
	}
	return out
}

var goodLogin = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// Put makes an account (its ID is then zero) or changes name, roles and job centres of one; its login and password stay. by is the
// actor of the audit row, as everywhere below. A new account cannot sign in before SetPassword. ErrBadLogin, ErrLoginTaken,
// ErrBadAccount, ErrUnknown.
func (s *Store) Put(ctx context.Context, a planner.Staff, by string) (uuid.UUID, error) {
	a.Login, a.Name = strings.ToLower(a.Login), strings.TrimSpace(a.Name)
	known := []planner.Role{planner.RoleAdministrator, planner.RoleSummoner, planner.RoleReader}
	unknown := func(r planner.Role) bool { return !slices.Contains(known, r) }
	switch {
	case !goodLogin.MatchString(a.Login):
		return a.ID, ErrBadLogin
	case a.Name == "" || len([]rune(a.Name)) > 100 || slices.ContainsFunc(a.Roles, unknown):
		return a.ID, ErrBadAccount
	}
	roles, centers := []string{}, []string{}
	for _, r := range a.Roles {
		roles = append(roles, string(r))
	}
	for _, c := range a.JobCenters {
		centers = append(centers, string(c))
	}
	now := s.now()
	err := s.tx(ctx, func(q *dbsqlc.Queries) error {
		var before []byte
		action := "staff:add"
		if a.ID == uuid.Nil {
			a.ID = uuid.New()
			n, err := q.InsertAccount(ctx, dbsqlc.InsertAccountParams{ID: a.ID, Login: a.Login, Name: a.Name, Roles: roles, AllJobCenters: a.AllJobCenters, At: now})
			if err != nil {
				return err
			}
			if n == 0 {
				return ErrLoginTaken
			}
		} else {
			rows, err := q.AccountByLogin(ctx, a.Login)
			if err != nil {
				return err
			}
			if len(rows) == 0 || rows[0].ID != a.ID {
				return ErrUnknown
			}
			action, before = "staff:change", told(toAccount(rows[0]).Staff)
			if _, err := q.UpdateAccount(ctx, dbsqlc.UpdateAccountParams{ID: a.ID, Name: a.Name, Roles: roles, AllJobCenters: a.AllJobCenters}); err != nil {
				return err
			}
			if err := q.DeleteJobCenters(ctx, a.ID); err != nil {
				return err
			}
		}
		if err := q.InsertJobCenters(ctx, dbsqlc.InsertJobCentersParams{StaffID: a.ID, Codes: centers}); err != nil {
			return err
		}
		return q.Audit(ctx, dbsqlc.AuditParams{At: now, Actor: by, Action: action, Before: before, After: told(a)})
	})
	return a.ID, wrap("put account "+a.Login, err)
}

// told is an account in the audit trail.
func told(a planner.Staff) []byte {
	out, _ := json.Marshal(map[string]any{"login": a.Login, "name": a.Name, "roles": a.Roles, "jobCenters": a.JobCenters, "allJobCenters": a.AllJobCenters}) // strings only: cannot fail
	return out
}

// SetPassword gives an account a password and ends its sessions. ErrBadPassword, ErrUnknown.
func (s *Store) SetPassword(ctx context.Context, account planner.Staff, password, by string) error {
	if !GoodPassword(account.Login, password) {
		return ErrBadPassword
	}
	var hash string
	if err := s.judging.do(ctx, func() { hash = hashPassword(password) }); err != nil {
		return err
	}
	return s.act(ctx, "staff:password", by, nil, func(q *dbsqlc.Queries, _ time.Time) ([]string, error) {
		return q.SetPassword(ctx, dbsqlc.SetPasswordParams{ID: account.ID, PasswordHash: &hash})
	})
}

// SetActive closes an account, which ends its sessions and tokens, or opens it again. ErrUnknown also when it is so already.
func (s *Store) SetActive(ctx context.Context, account uuid.UUID, active bool, by string) error {
	action := "staff:disable"
	if active {
		action = "staff:enable"
	}
	return s.act(ctx, action, by, nil, func(q *dbsqlc.Queries, now time.Time) ([]string, error) {
		return q.SetActive(ctx, dbsqlc.SetActiveParams{ID: account, Active: active, At: &now})
	})
}

// Token is an API token as its owner sees it afterwards.
type Token struct {
	ID                 uuid.UUID
	Name               string
	CreatedAt, Expires time.Time
}

const longestToken = 2 * 366 * 24 * time.Hour

// Tokens lists the tokens of an account that are good now.
func (s *Store) Tokens(ctx context.Context, account uuid.UUID) ([]Token, error) {
	rows, err := dbsqlc.New(s.pool).Tokens(ctx, dbsqlc.TokensParams{StaffID: account, Now: s.now()})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	out := make([]Token, len(rows))
	for i, r := range rows {
		out[i] = Token{r.ID, r.Name, r.CreatedAt, r.ExpiresAt}
	}
	return out, nil
}

// IssueToken makes a token for an active account; it is not kept, so it can be told only now. ErrBadToken, ErrUnknown.
func (s *Store) IssueToken(ctx context.Context, account uuid.UUID, name string, expires time.Time, by string) (token string, err error) {
	if name = strings.TrimSpace(name); name == "" || len([]rune(name)) > 100 || !expires.After(s.now()) || expires.After(s.now().Add(longestToken)) {
		return "", ErrBadToken
	}
	token = "kp_" + rand.Text()
	hash := sha256.Sum256([]byte(token))
	about := map[string]any{"token": name, "expires": expires.UTC()}
	return token, s.act(ctx, "staff:token", by, about, func(q *dbsqlc.Queries, now time.Time) ([]string, error) {
		return q.InsertToken(ctx, dbsqlc.InsertTokenParams{ID: uuid.New(), StaffID: account, Name: name, TokenHash: hash[:], At: now, ExpiresAt: expires.UTC()})
	})
}

// RevokeToken ends a token of an account. ErrUnknown.
func (s *Store) RevokeToken(ctx context.Context, account, token uuid.UUID, by string) error {
	return s.act(ctx, "staff:token-revoke", by, map[string]any{"tokenID": token}, func(q *dbsqlc.Queries, now time.Time) ([]string, error) {
		return q.RevokeToken(ctx, dbsqlc.RevokeTokenParams{ID: token, StaffID: account, At: &now})
	})
}

// act does something to one account, and writes its audit row. do gives the account's login.
func (s *Store) act(ctx context.Context, action, by string, about map[string]any, do func(q *dbsqlc.Queries, now time.Time) ([]string, error)) error {
	now := s.now()
	return wrap(action, s.tx(ctx, func(q *dbsqlc.Queries) error {
		logins, err := do(q, now)
		if err != nil {
			return err
		}
		if len(logins) == 0 {
			return ErrUnknown
		}
		after := map[string]any{"login": logins[0]}
		for k, v := range about {
			after[k] = v
		}
		raw, err := json.Marshal(after)
		if err != nil {
			return err
		}
		return q.Audit(ctx, dbsqlc.AuditParams{At: now, Actor: by, Action: action, After: raw})
	}))
}

func (s *Store) tx(ctx context.Context, f func(*dbsqlc.Queries) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return f(dbsqlc.New(tx)) })
}

func wrap(doing string, err error) error {
	if err != nil {
		err = fmt.Errorf("%s: %w", doing, err)
	}
	return err
}
