package webui

import (
	"maps"
	"net/http"
	"time"
)

// Notice tells what became of an action, once, on the page that follows.
type Notice struct {
	Text  string
	Wrong bool
}

const (
	noticeCookie = "planner_besked"
	noticeLife   = time.Minute
)

// Notices adds notices by the code that the cookie carries: only words of ours can be shown. Codes of a group begin with its name.
func (s *Site) Notices(more map[string]Notice) { maps.Copy(s.notices, more) }

// Back leads to an address of the site, where the notice is told.
func (s *Site) Back(w http.ResponseWriter, r *http.Request, code, to string) {
	s.setCookie(w, r, noticeCookie, code, noticeLife)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// takeNotice reads the notice and removes it, so that a reload does not tell it again.
func (s *Site) takeNotice(w http.ResponseWriter, r *http.Request) *Notice {
	c, err := r.Cookie(noticeCookie)
	if err != nil {
		return nil
	}
	s.setCookie(w, r, noticeCookie, "", -1)
	if n, ok := s.notices[c.Value]; ok {
		return &n
	}
	return nil
}
