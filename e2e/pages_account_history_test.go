package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestPagesHistory: people see what happened to their account and who else had
// a hand in it, a page at a time, and nothing of anybody else.
func TestPagesHistory(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off", "LOGIN_OTP": "off"}))
	p, who := b.read(t, s, "/auth/account/login?to=/auth/account/history"), newPerson()
	p.shows(t, "Log in") // the page is for who is logged in
	p.enter(t, who)
	s.client().want(t, "INVALID_CREDENTIALS", "POST", "/auth/login", dict{"email": who.Email, "password": "not-" + who.Password})
	p.press(t, "History")
	p.shows(t, "newest first", "Signed up", "Login refused", "wrong password", "127.0.0.1")
	p.look(t, "history")
	var here string
	p.run(t, `document.querySelector(".tabs [aria-current]").textContent`, &here)
	if here != "History" {
		t.Errorf("the tab %q is marked", here)
	}
	if strings.Contains(p.text(t), "Next page") {
		t.Error("a list that fits a page has another")
	}

	var found []struct{ ID string }
	ops := s.operator(t)("default")
	a := s.client().want(t, "USERS_RETRIEVED", "GET", "/users?q="+who.Email, nil, ops...)
	if err := json.Unmarshal(a.Data, &found); err != nil || len(found) != 1 {
		t.Fatalf("%d users are found, %v", len(found), err)
	}
	s.client().want(t, "USER_UPDATED", "PATCH", "/users/"+found[0].ID, dict{"nickname": "Sky"}, ops...)
	p.visit(t, "/auth/account/history")
	p.shows(t, "User changed", "The operator of the service")
	p.look(t, "history-operator")

	for range 20 { // more than a page
		s.client().want(t, "INVALID_CREDENTIALS", "POST", "/auth/login", dict{"email": who.Email, "password": "not-" + who.Password})
	}
	p.visit(t, "/auth/account/history")
	p.press(t, "Next page")
	p.shows(t, "Signed up", "First page")
	p.look(t, "history-last")
	p.press(t, "First page")
	p.shows(t, "Next page")

	p.visit(t, "/auth/account/history?cursor=nobodys")
	p.shows(t, "Next page") // the list begins anew
	if got := p.path(t); got != "/auth/account/history" {
		t.Errorf("a cursor of nobody's leads to %s", got)
	}
	p.visit(t, "/auth/account/history?lang=ko")
	p.shows(t, "활동 기록", "로그인 거부", "최신순")
	p.look(t, "history-ko")
	p.quiet(t)
}
