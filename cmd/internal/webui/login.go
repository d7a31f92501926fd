package webui

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kommunalplanner.example/planner"
)

type personKey struct{}

// PersonOf is who is signed in; nobody, who may do nothing, where no login is needed.
func PersonOf(r *http.Request) planner.Staff {
	who, _ := r.Context().Value(personKey{}).(planner.Staff)
	return who
}

func as(r *http.Request, who planner.Staff) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), personKey{}, who))
}

// signedIn lets through who has a session, sends an API token (Authorization: Bearer), or the credentials of the settings'
// administrator as HTTP Basic. From where they came is kept for the audit trail: "pages 192.0.2.7", "api 192.0.2.7". It is the connection's
// address, since anybody can write a forwarding header: behind a proxy it is the proxy's.
func (s *Site) signedIn(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, _, ok, err := s.session(r)
		way := "pages "
		if err == nil && !ok {
			way = "api "
			var wait time.Duration
			a, ok, wait, err = s.credentials(r)
			if wait > 0 {
				w.Header().Set("Retry-After", seconds(wait))
				http.Error(w, "For mange forsøg. Vent "+seconds(wait)+" sekunder.", http.StatusTooManyRequests)
				return
			}
		}
		switch {
		case err != nil:
			s.Broken(w, r, fmt.Errorf("look up who asks: %w", err))
		case ok:
			a.From = way + address(r.RemoteAddr)
			next(w, as(r, a.Staff))
		default:
			s.askToLogIn(w, r)
		}
	})
}

// session gives who the request's cookie is for, if it is still good.
func (s *Site) session(r *http.Request) (Account, session, bool, error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return Account{}, session{}, false, nil
	}
	told, ok := s.sessions.read(c.Value, s.cfg.Now())
	if !ok {
		return Account{}, session{}, false, nil
	}
	a, ok, err := s.account(r.Context(), told.login)
	return a, told, ok && hmac.Equal([]byte(a.Mark), []byte(told.mark)), err
}

// account is the active account of a login; the settings' administrator needs no database.
func (s *Site) account(ctx context.Context, login string) (Account, bool, error) {
	if login == s.cfg.User {
		return s.bootstrap(), true, nil
	}
	if s.cfg.Accounts == nil {
		return Account{}, false, nil
	}
	return s.cfg.Accounts.Account(ctx, login)
}

// bootstrap is the settings' administrator. A changed password ends all sessions.
func (s *Site) bootstrap() Account {
	return Account{planner.Bootstrap(s.cfg.User), hex.EncodeToString(keyed(s.cfg.SessionKey, "planner bootstrap", s.cfg.User, s.cfg.Password)[:16])}
}

// isBootstrap judges the settings' credentials; how long it takes says nothing about how near they are.
func (s *Site) isBootstrap(user, password string) bool {
	return hmac.Equal(keyed(s.cfg.SessionKey, user, password), keyed(s.cfg.SessionKey, s.cfg.User, s.cfg.Password))
}

// credentials judges what a script sends. wait is how long it must wait before it may try again.
func (s *Site) credentials(r *http.Request) (a Account, ok bool, wait time.Duration, err error) {
	if user, password, basic := r.BasicAuth(); basic {
		return s.judge(r, func() (Account, bool, error) { return s.bootstrap(), s.isBootstrap(user, password), nil })
	}
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if s.cfg.Accounts == nil || !strings.EqualFold(kind, "Bearer") {
		return Account{}, false, 0, nil
	}
	return s.judge(r, func() (Account, bool, error) { return s.cfg.Accounts.ByToken(r.Context(), strings.TrimSpace(token)) })
}

// judge asks whether credentials are right, unless the caller has guessed too often.
func (s *Site) judge(r *http.Request, right func() (Account, bool, error)) (a Account, ok bool, wait time.Duration, err error) {
	from := network(r.RemoteAddr)
	ok, wait, err = s.throttle.judge(from, s.cfg.Now(), func() (bool, error) {
		var ok bool
		a, ok, err = right()
		return ok, err
	})
	if !ok && wait == 0 && err == nil {
		s.cfg.Log.WarnContext(r.Context(), "login refused", "from", from)
	}
	return a, ok, wait, err
}

// askToLogIn sends people to the form and tells programs how to authenticate. A browser's own fetches get
// no Basic challenge: it would open a window in the middle of a page.
func (s *Site) askToLogIn(w http.ResponseWriter, r *http.Request) {
	fragment := r.Header.Get("HX-Request") != ""
	if fragment {
		w.Header().Set("HX-Refresh", "true") // reload the page, which then leads to the form
	}
	if !fragment && strings.Contains(r.Header.Get("Accept"), "text/html") {
		next := r.URL.Path // a form that came too late leads back to its page
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			next = r.URL.RequestURI()
		}
		http.Redirect(w, r, s.base+"/login?next="+url.QueryEscape(s.localPath(next)), http.StatusSeeOther)
		return
	}
	if r.Header.Get("Sec-Fetch-Mode") == "" {
		w.Header().Set("WWW-Authenticate", `Basic realm="Kommunal Planner", charset="UTF-8"`)
	}
	http.Error(w, "Log ind først.", http.StatusUnauthorized)
}

// loginPage is what the form shows.
type loginPage struct {
	User, Next string
	// Wrong and Wait say why the last attempt did not succeed.
	Wrong bool
	Wait  string
}

func (s *Site) loginForm(w http.ResponseWriter, r *http.Request) {
	next := s.localPath(r.URL.Query().Get("next"))
	if _, _, ok, err := s.session(r); err == nil && ok {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	s.own.Render(w, r, http.StatusOK, "login", "Log ind", loginPage{Next: next})
}

func (s *Site) login(w http.ResponseWriter, r *http.Request) {
	user, password, next := r.PostFormValue("bruger"), r.PostFormValue("adgangskode"), s.localPath(r.PostFormValue("next"))
	a, ok, wait, err := s.judge(r, func() (Account, bool, error) {
		if user == s.cfg.User || s.cfg.Accounts == nil {
			return s.bootstrap(), s.isBootstrap(user, password), nil
		}
		return s.cfg.Accounts.SignIn(r.Context(), user, password)
	})
	switch {
	case err != nil:
		s.Broken(w, r, fmt.Errorf("sign in: %w", err))
	case wait > 0:
		w.Header().Set("Retry-After", seconds(wait))
		s.own.Render(w, r, http.StatusTooManyRequests, "login", "Fejl: Log ind", loginPage{User: user, Next: next, Wait: seconds(wait)})
	case !ok:
		s.own.Render(w, r, http.StatusForbidden, "login", "Fejl: Log ind", loginPage{User: user, Next: next, Wrong: true})
	default:
		s.cfg.Log.InfoContext(r.Context(), "logged in", "who", a.Actor())
		s.setCookie(w, r, cookieName, s.sessions.issue(a.Login, a.Mark, s.cfg.Now()), sessionLife)
		http.Redirect(w, r, next, http.StatusSeeOther)
	}
}

func (s *Site) logout(w http.ResponseWriter, r *http.Request) {
	if _, told, ok, err := s.session(r); err == nil && ok {
		s.sessions.revoke(told.nonce, told.ends, s.cfg.Now())
	}
	s.setCookie(w, r, cookieName, "", -1)
	http.Redirect(w, r, s.base+"/login", http.StatusSeeOther)
}

// setCookie sets a cookie for our pages only; a negative life removes it.
func (s *Site) setCookie(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration) {
	age := int(life / time.Second)
	if life < 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: s.base + "/", MaxAge: age, HttpOnly: true,
		Secure: s.cfg.HTTPS || r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
}

// localPath is p if it is a page of ours, else the front page: a login must not lead to another site.
func (s *Site) localPath(p string) string {
	home := s.base + "/"
	if strings.ContainsFunc(p, func(c rune) bool { return c < 0x20 || c == '\\' || c == 0x7f }) {
		return home
	}
	to, err := url.Parse(p)
	if err != nil || to.Scheme != "" || to.Host != "" || to.User != nil || to.Opaque != "" ||
		!strings.HasPrefix(p, home) || strings.HasPrefix(p, "//") || to.Path == s.base+"/login" || to.Path == s.base+"/logout" {
		return home
	}
	return p
}

// seconds rounds up: who comes after so many is not early.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
