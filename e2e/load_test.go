package e2e

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// A history is what one client did and was told: the answers that it got are
// promises. What it had sent when the server went away may have happened, or not.
type history struct {
	person  person
	joined  bool
	chain   []grant // by refreshes, oldest first; the first is from the sign-up
	leaving bool    // a logout was sent
	left    bool    // and answered
}

// load makes clients that sign up, refresh and log out, until the server does
// not answer any more.
type load struct {
	client    *client
	told      atomic.Int64 // answers so far
	all       sync.WaitGroup
	mu        sync.Mutex
	past      []*history
	surprises []error // what no client should ever see
}

const clients = 6

func (s *server) load() *load {
	l := &load{client: s.client()}
	for range clients {
		l.all.Go(func() {
			for n := 0; l.live(n); n++ {
			}
		})
	}
	return l
}

// reach waits until so many answers have come.
func (l *load) reach(t *testing.T, enough int64) {
	t.Helper()
	eventually(t, "the clients have been answered often enough", func() bool {
		for _, err := range l.unexpected() {
			t.Fatal(err)
		}
		return l.told.Load() >= enough
	})
}

// wait returns what every client was told, after the server has gone.
func (l *load) wait() []*history {
	l.all.Wait()
	return l.past
}

func (l *load) unexpected() []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.surprises)
}

// live is one life: in, some refreshes, every other time out again. It reports
// whether the server still answers.
func (l *load) live(n int) bool {
	h := &history{person: newPerson()}
	l.mu.Lock()
	l.past = append(l.past, h)
	l.mu.Unlock()

	a, ok := l.ask("USER_CREATED", "/auth/sign-up", h.person.signUp())
	if !ok {
		return false
	}
	h.joined, h.chain = true, append(h.chain, a)
	for range 1 + n%4 {
		a, ok := l.ask("TOKENS_REFRESHED", "/auth/refresh", h.newest().refresh())
		if !ok {
			return false
		}
		h.chain = append(h.chain, a)
	}
	if n%2 == 1 {
		return true
	}
	h.leaving = true
	_, h.left = l.ask("LOGGED_OUT", "/auth/logout", nil, h.newest().bearer()...)
	return h.left
}

// ask sends one request and counts the answer. No answer is what happens when
// a server goes; a wrong one, or half of one, is a surprise.
func (l *load) ask(code, path string, body any, headers ...string) (grant, bool) {
	a, err := l.client.send("POST", path, body, headers...)
	var g grant
	switch {
	case err == nil && a.Meta.Code != code:
		err = fmt.Errorf("%s: got %v, want %s", path, a, code)
	case err == nil:
		l.told.Add(1)
		g, err = a.readGrant()
	case !errors.Is(err, errCut):
		return grant{}, false
	}
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.surprises = append(l.surprises, err)
	}
	return g, err == nil
}

func (h *history) newest() grant { return h.chain[len(h.chain)-1] }

// check asks a server that was started again whether all that was promised is so.
func (h *history) check(t *testing.T, c *client) {
	t.Helper()
	if !h.joined {
		return
	}
	c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", h.person.logIn())
	last := h.newest()
	if h.left {
		if a := c.want(t, "SESSION_NOT_FOUND", "GET", "/auth/me", nil, last.bearer()...); a.Meta.Reason != "logout" {
			t.Errorf("refused for %q, want logout", a.Meta.Reason)
		}
		c.want(t, "SESSION_NOT_FOUND", "POST", "/auth/refresh", last.refresh())
		return
	}
	a, err := c.send("POST", "/auth/refresh", last.refresh())
	if err != nil {
		t.Fatal(err)
	}
	if h.leaving && a.Meta.Code == "SESSION_NOT_FOUND" {
		return // the logout happened, and nobody was told
	}
	if a.Meta.Code != "TOKENS_REFRESHED" {
		t.Fatalf("the newest token that a client got, after %d refreshes: %v", len(h.chain)-1, a)
	}
	next := a.grant(t)
	again := c.want(t, "TOKENS_REFRESHED", "POST", "/auth/refresh", last.refresh()).grant(t)
	if again.RefreshToken != next.RefreshToken {
		t.Error("the session forked: two successors of one token")
	}
	c.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, next.bearer()...)
	if len(h.chain) > 1 {
		// A token before the last is a replay, whatever happened in between.
		c.want(t, "INVALID_REFRESH_HASH", "POST", "/auth/refresh", h.chain[len(h.chain)-2].refresh())
		c.want(t, "SESSION_NOT_FOUND", "GET", "/auth/me", nil, next.bearer()...)
	}
}
