package adminui

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

type userKey struct{}

// userOf is who is logged in; only behind loggedIn.
func userOf(r *http.Request) string {
	who, _ := r.Context().Value(userKey{}).(string)
	return who
}

// loggedIn lets through who has a session or sends the credentials as HTTP Basic.
func (u *UI) loggedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u.hasSession(r) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, u.cfg.User)))
			return
		}
		if user, password, ok := r.BasicAuth(); ok {
			admitted, wait := u.admit(r, user, password)
			switch {
			case admitted:
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, u.cfg.User)))
				return
			case wait > 0:
				w.Header().Set("Retry-After", seconds(wait))
				http.Error(w, "For mange forsøg. Vent "+seconds(wait)+" sekunder.", http.StatusTooManyRequests)
				return
			}
		}
		u.askToLogIn(w, r)
	})
}

func (u *UI) hasSession(r *http.Request) bool {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	_, _, ok := u.sessions.read(c.Value, u.now())
	return ok
}

// admit judges credentials, unless the caller has guessed too often.
func (u *UI) admit(r *http.Request, user, password string) (ok bool, wait time.Duration) {
	from := network(r.RemoteAddr)
	ok, wait = u.throttle.judge(from, u.now(), func() bool { return u.sessions.admits(user, password) })
	if !ok && wait == 0 {
		u.log.WarnContext(r.Context(), "admin login refused", "from", from)
	}
	return ok, wait
}

// askToLogIn sends people to the form and tells programs how to authenticate. A browser's own fetches get
// no Basic challenge: it would open a window in the middle of a page.
func (u *UI) askToLogIn(w http.ResponseWriter, r *http.Request) {
	fragment := r.Header.Get("HX-Request") != ""
	if fragment {
		w.Header().Set("HX-Refresh", "true") // reload the page, which then leads to the form
	}
	if !fragment && strings.Contains(r.Header.Get("Accept"), "text/html") {
		next := r.URL.Path // a form that came too late leads back to its page
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			next = r.URL.RequestURI()
		}
		http.Redirect(w, r, u.base+"/login?next="+url.QueryEscape(u.localPath(next)), http.StatusSeeOther)
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

func (u *UI) loginForm(w http.ResponseWriter, r *http.Request) {
	next := u.localPath(r.URL.Query().Get("next"))
	if u.hasSession(r) {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	u.render(w, r, http.StatusOK, "login", "Log ind", loginPage{Next: next})
}

func (u *UI) login(w http.ResponseWriter, r *http.Request) {
	user, next := r.PostFormValue("bruger"), u.localPath(r.PostFormValue("next"))
	admitted, wait := u.admit(r, user, r.PostFormValue("adgangskode"))
	switch {
	case wait > 0:
		w.Header().Set("Retry-After", seconds(wait))
		u.render(w, r, http.StatusTooManyRequests, "login", "Fejl: Log ind", loginPage{User: user, Next: next, Wait: seconds(wait)})
	case !admitted:
		u.render(w, r, http.StatusForbidden, "login", "Fejl: Log ind", loginPage{User: user, Next: next, Wrong: true})
	default:
		u.log.InfoContext(r.Context(), "admin logged in", "who", u.cfg.User)
		u.setCookie(w, r, cookieName, u.sessions.issue(u.now()), sessionLife)
		http.Redirect(w, r, next, http.StatusSeeOther)
	}
}

func (u *UI) logout(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(cookieName); err == nil {
		if nonce, ends, ok := u.sessions.read(c.Value, u.now()); ok {
			u.sessions.revoke(nonce, ends, u.now())
		}
	}
	u.setCookie(w, r, cookieName, "", -1)
	http.Redirect(w, r, u.base+"/login", http.StatusSeeOther)
}

// setCookie sets a cookie for our pages only; a negative life removes it.
func (u *UI) setCookie(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration) {
	age := int(life / time.Second)
	if life < 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: u.base + "/", MaxAge: age, HttpOnly: true,
		Secure: u.cfg.HTTPS || r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
}

// localPath is p if it is a page of ours, else the front page: a login must not lead to another site.
func (u *UI) localPath(p string) string {
	home := u.base + "/"
	if strings.ContainsFunc(p, func(c rune) bool { return c < 0x20 || c == '\\' || c == 0x7f }) {
		return home
	}
	to, err := url.Parse(p)
	if err != nil || to.Scheme != "" || to.Host != "" || to.User != nil || to.Opaque != "" ||
		!strings.HasPrefix(p, home) || strings.HasPrefix(p, "//") || to.Path == u.base+"/login" || to.Path == u.base+"/logout" {
		return home
	}
	return p
}

// seconds rounds up: who comes after so many is not early.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
