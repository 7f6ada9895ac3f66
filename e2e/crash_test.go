package e2e

import (
	"errors"
	"testing"
)

// TestKillLosesNothing: a server that is killed in the middle of everything
// keeps all that it has answered, three times over on the same files.
func TestKillLosesNothing(t *testing.T) {
	t.Parallel()
	_, smtp := openPost(t)
	s := prepare(t, "serve", t.TempDir(), quick().with(smtp).with(env{"LOGIN_OTP": "off", "REFRESH_GRACE": "5m"}))
	s.launch()
	s.await()
	var before []person
	for range 3 {
		l := s.load()
		l.reach(t, 150)
		s.kill()
		now := l.wait()
		for _, err := range l.unexpected() {
			if !errors.Is(err, errCut) { // the kill cuts answers
				t.Error(err)
			}
		}
		s.launch()
		s.await()
		c := s.client()
		for _, p := range before { // what the last round checked is still so
			c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", p.logIn())
		}
		before = nil
		for _, h := range now {
			h.check(t, c)
			if h.joined {
				before = append(before, h.person)
			}
		}
	}
}
