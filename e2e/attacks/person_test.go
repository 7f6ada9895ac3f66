package attacks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync/atomic"
	"testing"
)

// fields is a JSON object.
type fields = map[string]any

// A person is somebody who signs up.
type person struct{ Name, Email, Password string }

var people atomic.Int64

// newPerson makes a person whom no suite has met.
func newPerson() person {
	n := people.Add(1)
	p := person{
		Name: "Kim Ha-neul", Email: fmt.Sprintf("someone%d@example.com", n),
		Password: fmt.Sprintf("tall-lantern-%d-%x", n, rand.Uint64()),
	}
	secret(p.Password)
	return p
}

func (p person) signUp() request {
	return post("/auth/sign-up", fields{"name": p.Name, "email": p.Email, "password": p.Password})
}

func (p person) logIn(headers ...string) request {
	return post("/auth/login", fields{"email": p.Email, "password": p.Password}, headers...)
}

// A grant is what a login gives.
type grant struct {
	ID                                                string // at sign-up, of the user
	AccessToken, RefreshToken, DeviceToken, SessionID string
	LoginID                                           string // of a challenge instead
	User                                              struct{ ID, Email string }
}

func (r reply) grant() (g grant) {
	if bytes.HasPrefix(r.Data, []byte("{")) && json.Unmarshal(r.Data, &g) != nil {
		return grant{}
	}
	return g
}

// bearer is the header of a program that is logged in.
func (g grant) bearer() []string { return []string{"Authorization", "Bearer " + g.AccessToken} }

// jar is the header of a browser that is logged in.
func (g grant) jar() []string {
	return []string{"Cookie", "accessToken=" + g.AccessToken + "; refreshToken=" + g.RefreshToken}
}

// me asks who is logged in.
func (g grant) me() request { return get("/auth/me", g.bearer()...) }

func (g grant) refresh() request {
	return post("/auth/refresh", fields{"refreshToken": g.RefreshToken})
}

// join signs a person up and logs in, where no code is asked for.
func (c *client) join(t *testing.T) (person, grant) {
	t.Helper()
	p := newPerson()
	c.want(t, "USER_CREATED", p.signUp())
	return p, c.want(t, "LOGIN_SUCCESS", p.logIn()).grant()
}

// A letter of the mailbox of latchkey dev.
type letter struct{ To, Subject, Text, HTML, Code string }

// letters returns the mails to somebody, newest first; to "" is everybody.
func (s *server) letters(t *testing.T, to string) []letter {
	t.Helper()
	a := s.client().want(t, "MAIL_LISTED", get("/dev/mail?to="+url.QueryEscape(to), "Accept", "application/json"))
	var found []letter
	if err := json.Unmarshal(a.Data, &found); err != nil {
		t.Fatal(err)
	}
	return found
}

// code returns the newest code that was mailed to somebody. Codes are sent
// before the login is answered, so it is there.
func (s *server) code(t *testing.T, to string) string {
	t.Helper()
	for _, l := range s.letters(t, to) {
		if l.Code != "" {
			return l.Code
		}
	}
	t.Fatalf("no code was mailed to %s", to)
	return ""
}
