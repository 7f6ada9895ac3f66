package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// A client speaks to a server as a program does: tokens in bodies and headers.
type client struct {
	base string
	http *http.Client
}

func newClient(base string) *client {
	return &client{base: base, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: patience}}
}

func (s *server) client() *client { return newClient(s.base) }

// An answer is the envelope of CONTRACT.md §2.
type answer struct {
	HTTPStatus int `json:"httpStatus"`
	Data       json.RawMessage
	Meta       struct {
		Status, Code, Reason, NextCursor string
	}
	header http.Header
}

func (a answer) String() string {
	return fmt.Sprintf("%d %s %s", a.HTTPStatus, a.Meta.Code, a.Meta.Reason)
}

// send sends a request; a body is sent as JSON. Every token and cookie that
// comes back is a secret from then on.
func (c *client) send(method, path string, body any, headers ...string) (answer, error) {
	var text io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		text = bytes.NewReader(b)
	}
	r, err := http.NewRequest(method, c.base+path, text)
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		return answer{}, fmt.Errorf("the answer of %s broke off: %w", path, errCut)
	}
	a := answer{header: got.Header}
	if err := json.Unmarshal(raw, &a); err != nil {
		return answer{}, fmt.Errorf("the answer of %s is no envelope: %q: %w", path, raw, errCut)
	}
	if a.HTTPStatus != got.StatusCode {
		return answer{}, fmt.Errorf("%s: status %d, and %d in the envelope", path, got.StatusCode, a.HTTPStatus)
	}
	hideTokens(got.Cookies(), a.Data)
	return a, nil
}

// errCut says that an answer began and did not end: what no client may see.
var errCut = fmt.Errorf("incomplete answer")

func hideTokens(cookies []*http.Cookie, data []byte) {
	for _, cookie := range cookies {
		secret(cookie.Value)
	}
	if g, err := (answer{Data: data}).readGrant(); err == nil {
		secret(g.AccessToken, g.RefreshToken, g.DeviceToken)
	}
}

// want sends a request and fails the test unless the answer has the code.
func (c *client) want(t *testing.T, code, method, path string, body any, headers ...string) answer {
	t.Helper()
	a, err := c.send(method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.Meta.Code != code {
		t.Fatalf("%s %s: got %v, want %s", method, path, a, code)
	}
	return a
}

// A person is somebody who signs up.
type person struct{ Name, Email, Password string }

var people atomic.Int64

// newPerson makes a person whom no test has met.
func newPerson() person {
	n := people.Add(1)
	p := person{
		Name: "Kim Ha-neul", Email: fmt.Sprintf("someone%d@example.com", n),
		Password: fmt.Sprintf("tall-lantern-%d-%x", n, time.Now().UnixNano()),
	}
	secret(p.Password)
	return p
}

func (p person) signUp() any {
	return map[string]string{"name": p.Name, "email": p.Email, "password": p.Password}
}

func (p person) logIn() any { return map[string]string{"email": p.Email, "password": p.Password} }

// A grant is what a login gives.
type grant struct {
	AccessToken, RefreshToken, DeviceToken, SessionID string
	AccessTokenExpiresAt                              time.Time
	LoginID                                           string // of a challenge instead
	User                                              struct{ ID, Email string }
}

func (a answer) grant(t *testing.T) grant {
	t.Helper()
	g, err := a.readGrant()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (a answer) readGrant() (g grant, err error) {
	if bytes.HasPrefix(a.Data, []byte("{")) {
		err = json.Unmarshal(a.Data, &g)
	}
	return g, err
}

func (g grant) bearer() []string { return []string{"Authorization", "Bearer " + g.AccessToken} }

func (g grant) refresh() any { return map[string]string{"refreshToken": g.RefreshToken} }

// join signs a person up where no code is asked for.
func (c *client) join(t *testing.T) (person, grant) {
	t.Helper()
	p := newPerson()
	return p, c.want(t, "USER_CREATED", "POST", "/auth/sign-up", p.signUp()).grant(t)
}
