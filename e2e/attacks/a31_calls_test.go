package attacks

import (
	"net/http"

	"pgregory.net/rapid"
)

// The calls of A-31's walks. Each says what must not come of it; that a call is
// refused is always allowed.

func (w *walk) login(r *rapid.T) {
	m := w.member(r)
	password := w.password(r, m)
	var headers []string
	if s := pick(r, "device", w.sessions); s != nil && rapid.Bool().Draw(r, "from it") {
		headers = []string{"X-Device-Token", s.all[0].DeviceToken}
	}
	a := w.c.must(w.t, m.with(password, headers...))
	g, right := a.grant(), password == m.Password
	switch {
	case a.status != http.StatusOK:
		return
	case !right:
		w.breach("login", a, "the password is not right")
	case g.AccessToken != "" && w.asks:
		w.breach("login", a, "a session without a code")
	case g.AccessToken != "":
		if headers == nil && w.locked(m) {
			w.breach("login", a, "a session for a stranger, of an account that is locked")
		}
		w.open(m, g)
	default:
		w.challenges = append(w.challenges, &walkChallenge{of: m, id: g.LoginID, codes: []string{w.s.code(w.t, m.Email)}, epoch: m.epoch})
	}
}

func (w *walk) locked(m *member) bool {
	return w.s.one(w.t, "SELECT status FROM users WHERE email = '"+m.Email+"'") == "locked"
}

func (w *walk) verify(r *rapid.T) {
	c := pick(r, "challenge", w.challenges)
	if c == nil {
		r.Skip("there is no challenge yet")
	}
	codes := append([]string{"000000", c.codes[len(c.codes)-1], c.codes[len(c.codes)-1]}, c.codes...)
	if o := pick(r, "other challenge", w.challenges); o != nil {
		codes = append(codes, o.codes...)
	}
	code := rapid.SampledFrom(codes).Draw(r, "code")
	right := code == c.codes[len(c.codes)-1]
	a := w.c.must(w.t, verify(c.id, code))
	if a.status != http.StatusOK {
		c.tries++
		c.spent = c.spent || right
		return
	}
	switch {
	case !right:
		w.breach("verify", a, "the code is not the newest of the challenge")
	case c.spent:
		w.breach("verify", a, "the challenge was spent")
	case c.epoch != c.of.epoch:
		w.breach("verify", a, "the account has another password by now, or was unlocked or disowned")
	case c.tries >= perCode:
		w.breach("verify", a, "the challenge has no tries left")
	}
	c.spent = true
	w.open(c.of, a.grant())
}

func (w *walk) resend(r *rapid.T) {
	c := pick(r, "challenge", w.challenges)
	if c == nil {
		r.Skip("there is no challenge yet")
	}
	a := w.c.must(w.t, post("/auth/login/resend", fields{"loginId": c.id}))
	if a.status != http.StatusOK {
		return
	}
	if c.spent || c.epoch != c.of.epoch || c.tries >= perCode {
		w.breach("resend", a, "the challenge is over")
	}
	c.codes, c.tries = append(c.codes, w.s.code(w.t, c.of.Email)), 0
}

func (w *walk) refresh(r *rapid.T) {
	s := pick(r, "session", w.sessions)
	if s == nil {
		r.Skip("there is no session yet")
	}
	i := len(s.all) - 1
	if rapid.IntRange(0, 2).Draw(r, "old token") == 0 {
		i = rapid.IntRange(0, i).Draw(r, "token")
	}
	a := w.c.must(w.t, s.all[i].refresh())
	switch {
	case a.status != http.StatusOK:
	case s.ended:
		w.breach("refresh", a, "the session has ended")
	case i != len(s.all)-1:
		w.breach("refresh", a, "the token was used before")
	default:
		g := a.grant()
		g.DeviceToken = s.all[0].DeviceToken
		s.all, s.last = append(s.all, g), g
	}
	s.ended = s.ended || i != len(s.all)-1 && a.status != http.StatusOK // a reuse
}

func (w *walk) logout(r *rapid.T) {
	s := pick(r, "session", w.sessions)
	if s == nil {
		r.Skip("there is no session yet")
	}
	a := w.c.must(w.t, post("/auth/logout", nil, s.last.bearer()...))
	if a.status == http.StatusOK && s.ended {
		w.breach("logout", a, "the session has ended before")
	}
	s.ended = true
}

func (w *walk) me(r *rapid.T) {
	s := pick(r, "session", w.sessions)
	if s == nil {
		r.Skip("there is no session yet")
	}
	a := w.c.must(w.t, s.all[rapid.IntRange(0, len(s.all)-1).Draw(r, "token")].me())
	if a.status == http.StatusOK && (s.ended || a.grant().ID != s.last.User.ID) {
		w.breach("me", a, "the session has ended, or is another's")
	}
}

func (w *walk) forgot(r *rapid.T) {
	m := w.member(r)
	if m.links >= 3 {
		r.Skip("enough links")
	}
	before := len(w.s.linkTokens(w.t, m.Email, resetPage))
	if a := w.c.must(w.t, forgot(m.person)); a.status != http.StatusAccepted {
		w.breach("password/forgot", a, "it is not the one answer")
	}
	m.links++
	token := w.s.linkToken(w.t, m.Email, resetPage, before+1)
	w.links = append(w.links, &walkLink{of: m, token: token, page: resetPage, epoch: m.epoch})
}

// mailed takes the links of other kinds out of the mailbox.
func (w *walk) mailed(r *rapid.T) {
	m := w.member(r)
	for _, page := range []string{unlockPage, disownPage} {
		if found := w.s.linkTokens(w.t, m.Email, page); len(found) > 0 {
			w.links = append(w.links, &walkLink{of: m, token: found[0], page: page, epoch: m.epoch})
		}
	}
}

// reset shows any link at any of the pages.
func (w *walk) reset(r *rapid.T) {
	l := pick(r, "link", w.links)
	if l == nil {
		r.Skip("there is no link yet")
	}
	page := rapid.SampledFrom([]string{l.page, l.page, unlockPage, resetPage, disownPage}).Draw(r, "page")
	fresh := newPerson().Password
	q := post(page, fields{"token": l.token})
	if page == resetPage {
		q = reset(l.token, fresh)
	}
	a := w.c.must(w.t, q)
	if a.status != http.StatusOK {
		return
	}
	if page != l.page {
		w.breach("link", a, "one for "+l.page+" was taken at "+page)
	}
	switch page {
	case resetPage:
		if l.spent || l.epoch != l.of.epoch {
			w.breach("reset", a, "the link was used, or the account has changed since")
		}
		l.of.old, l.of.Password = append(l.of.old, l.of.Password), fresh
		w.void(l.of, nil, true)
	case unlockPage:
		if a.Meta.Code == "ACCOUNT_UNLOCKED" {
			w.void(l.of, nil, false)
		}
	case disownPage:
		w.disowned(l.of, a.grant().SessionID)
	}
	l.spent = true
}

// disowned ends a session and those that were opened since.
func (w *walk) disowned(m *member, id string) {
	w.void(m, nil, false)
	found := false
	for _, s := range w.sessions {
		if s.of == m && s.last.SessionID == id {
			found = true
		}
		s.ended = s.ended || s.of == m && found
	}
}

func (w *walk) change(r *rapid.T) {
	s := pick(r, "session", w.sessions)
	if s == nil {
		r.Skip("there is no session yet")
	}
	m := s.of
	current, fresh := w.password(r, m), newPerson().Password
	a := w.c.must(w.t, post("/auth/password/change", fields{"currentPassword": current, "newPassword": fresh}, s.last.bearer()...))
	if a.status != http.StatusOK {
		return
	}
	if s.ended || current != m.Password {
		w.breach("password/change", a, "the session has ended, or the password is not right")
	}
	m.old, m.Password = append(m.old, m.Password), fresh
	w.void(m, s, true)
}
