package attacks

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

// lockable and lockableOpen are usual and open with the lock as the product has
// it by itself.
func lockable() env     { return locking(usual()).with(env{"LOGIN_MAX_ATTEMPTS": "7"}) }
func lockableOpen() env { return lockable().with(env{"LOGIN_OTP": "off"}) }

// The pages that mailed links open.
const (
	unlockPage = "/auth/unlock"
	resetPage  = "/auth/password/reset"
	disownPage = "/auth/disown"
)

// mailedLink finds the link of a letter.
var mailedLink = regexp.MustCompile(`https?://[^\s"<>]+\?token=([A-Za-z0-9_-]+)`)

// linkTokens returns the tokens of the links to a page that were mailed to
// somebody so far, newest first.
func (s *server) linkTokens(t *testing.T, to, page string) (tokens []string) {
	t.Helper()
	for _, l := range s.letters(t, to) {
		found := mailedLink.FindStringSubmatch(l.Text)
		if found == nil {
			continue
		}
		u, err := url.Parse(found[0])
		if err != nil {
			t.Fatal(err)
		}
		if u.Path == page {
			secret(found[1])
			tokens = append(tokens, found[1])
		}
	}
	return tokens
}

// linkToken waits until so many links to a page have been mailed to somebody
// and returns the newest.
func (s *server) linkToken(t *testing.T, to, page string, n int) (token string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d links to %s have been mailed to %s", n, page, to), func() bool {
		all := s.linkTokens(t, to, page)
		if len(all) >= n {
			token = all[0]
		}
		return token != ""
	})
	return token
}

// wrong is a login with a wrong password, by that name.
func wrong(name string, headers ...string) request {
	return post("/auth/login", fields{"usernameOrEmailOrMobile": name, "password": "not-the-password-1"}, headers...)
}

// with is a login with that password.
func (p person) with(password string, headers ...string) request {
	return post("/auth/login", fields{"email": p.Email, "password": password}, headers...)
}

// known is a login from the device that the grant was given to.
func (p person) known(g grant) request { return p.logIn("X-Device-Token", g.DeviceToken) }

func verify(loginID, code string) request {
	return post("/auth/login/verify", fields{"loginId": loginID, "otp": code})
}

func forgot(p person) request { return post("/auth/password/forgot", fields{"email": p.Email}) }

func reset(token, password string) request {
	return post(resetPage, fields{"token": token, "password": password})
}

// lockOut has strangers try wrong passwords until the account is locked for
// them, and returns the token of the link that was mailed.
func (s *server) lockOut(t *testing.T, p person) string {
	t.Helper()
	before := len(s.linkTokens(t, p.Email, unlockPage))
	s.lockQuietly(t, p)
	return s.linkToken(t, p.Email, unlockPage, before+1)
}

// lockQuietly is lockOut without a look at the mail.
func (s *server) lockQuietly(t *testing.T, p person) {
	t.Helper()
	c := s.client()
	eachOf(7, make([]struct{}, 7), func(struct{}) { c.must(t, wrong(p.Email)) })
	if a := c.must(t, p.logIn()); a.status != http.StatusLocked {
		t.Fatalf("after seven wrong passwords the right one gets %v, want ACCOUNT_LOCKED", a)
	}
}

// setStatus sets an account's status beside the server; logins read it there.
func (s *server) setStatus(t *testing.T, p person, status string) {
	t.Helper()
	if status != "active" && status != "disabled" { // any other would be taken for disabled, and prove nothing
		t.Fatalf("accounts have no status %q", status)
	}
	s.exec(t, "UPDATE users SET status = ? WHERE email = ?", status, p.Email)
}

// one reads a query that finds one row of one column.
func (s *server) one(t *testing.T, query string) string {
	t.Helper()
	found := s.rows(query)
	if len(found) != 1 {
		t.Fatalf("%s: %d rows, want one", query, len(found))
	}
	return found[0]
}
