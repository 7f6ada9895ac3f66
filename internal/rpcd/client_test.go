package rpcd_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/latchkey/latchkey/internal/nest"
)

// object is a JSON object.
type object map[string]any

// and returns the object with more members.
func (o object) and(more object) object {
	all := maps.Clone(o)
	maps.Copy(all, more)
	return all
}

// answer is what came back: an envelope or, from a command about tenants that
// was refused, an error with a status.
type answer struct {
	command string
	body    []byte
	failed  bool // it came as err

	Message string
	Data    json.RawMessage
	Meta    struct {
		Status, Code, Reason, RequestID   string
		Fields                            []struct{ Field, Problem string }
		RetryAfter                        int
		Total, Page, PageSize, TotalPages *int
	}
	TS         string
	HTTPStatus *int

	StatusCode int
	Code       string
	Fields     []struct{ Field, Problem string }
	RequestID  string
}

// code is the answer's code, whichever form it has.
func (a answer) code() string {
	if a.failed {
		return a.Code
	}
	return a.Meta.Code
}

// want fails unless the answer has that code.
func (a answer) want(t testing.TB, code string) answer {
	t.Helper()
	if a.code() != code {
		t.Fatalf("%s: got %s, want %s\n%s", a.command, a.code(), code, a.body)
	}
	return a
}

// wantStatus fails unless the command about tenants was refused with that
// status and code.
func (a answer) wantStatus(t testing.TB, status int, code string) answer {
	t.Helper()
	if !a.failed || a.StatusCode != status || a.Code != code || a.Message == "" || a.RequestID == "" {
		t.Fatalf("%s: got %s, want err with %d %s", a.command, a.body, status, code)
	}
	return a
}

// wantFields fails unless the answer finds fault with just these fields.
func (a answer) wantFields(t testing.TB, fields ...string) answer {
	t.Helper()
	var got []string
	for _, f := range append(a.Meta.Fields, a.Fields...) {
		got = append(got, f.Field)
		if f.Problem == "" {
			t.Errorf("%s: nothing is said of %s", a.command, f.Field)
		}
	}
	if strings.Join(got, " ") != strings.Join(fields, " ") {
		t.Errorf("%s: got fault with %q, want %q", a.command, got, fields)
	}
	return a
}

// into reads data.
func (a answer) into(t testing.TB, v any) answer {
	t.Helper()
	if err := json.Unmarshal(a.Data, v); err != nil {
		t.Fatalf("%s: %v in %s", a.command, err, a.Data)
	}
	return a
}

// call sends a command with its payload (text as it is, or something to
// marshal) and checks what every answer must be.
func (w *world) call(t testing.TB, command string, payload any) answer {
	t.Helper()
	return w.callIn(t, t.Context(), command, payload)
}

// callIn is call for work that may be cut short.
func (w *world) callIn(t testing.TB, ctx context.Context, command string, payload any) answer {
	t.Helper()
	data, raw := payload.(json.RawMessage)
	if !raw {
		var err error
		data, err = json.Marshal(payload)
		must(t, err)
	}
	body, err := w.door.Serve(ctx, nest.Request{Command: command, Data: data})
	a := answer{command: command, body: body}
	if failed := new(nest.Error); errors.As(err, &failed) {
		a.failed, a.body = true, failed.Value
	} else if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	if err := json.Unmarshal(a.body, &a); err != nil {
		t.Fatalf("%s: %v in %s", command, err, a.body)
	}
	a.check(t)
	return a
}

// check looks at what holds for every answer.
func (a answer) check(t testing.TB) {
	t.Helper()
	for _, word := range []string{canary, "$argon2id$"} {
		if strings.Contains(string(a.body), word) {
			t.Errorf("%s: %q is in the answer", a.command, word)
		}
	}
	var g struct{ AccessToken, RefreshToken, DeviceToken string }
	if json.Unmarshal(a.Data, &g) == nil {
		secrets.add(g.AccessToken, g.RefreshToken, g.DeviceToken)
	}
	if granted := g.AccessToken != ""; granted != strings.Contains(string(a.body), "eyJ") || granted && !grants[a.code()] {
		t.Errorf("%s: a token is in the answer where none should be: %s", a.command, a.code())
	}
	if a.failed {
		if !strings.HasPrefix(a.command, "tenant.") {
			t.Errorf("%s: came as err: %s", a.command, a.body)
		}
		return
	}
	good := a.Meta.Status == "success"
	if a.Message == "" || a.TS == "" || a.Meta.Code == "" || !good && a.Meta.Status != "error" || a.HTTPStatus != nil {
		t.Errorf("%s: this is no envelope: %s", a.command, a.body)
	}
	if good == (string(a.Data) == "null") || good == (a.Meta.RequestID != "") {
		t.Errorf("%s: %s with data %s and request id %q", a.command, a.Meta.Status, a.Data, a.Meta.RequestID)
	}
}

// grants are the codes of answers that may have tokens.
var grants = map[string]bool{"USER_CREATED": true, "LOGIN_SUCCESS": true, "TOKENS_REFRESHED": true}

// person is somebody with an account, and the tokens of a login.
type person struct {
	ID, Email, Username, Mobile, Password string
	AccessToken, RefreshToken             string
	DeviceToken, SessionID                string
	Tenant                                string `json:"-"`
}

var people atomic.Int64

// stranger makes up a person without an account.
func stranger(tenant string) person {
	n := fmt.Sprintf("%04d", people.Add(1))
	return person{
		Email: "ann" + n + "@example.com", Username: "ann" + n, Mobile: "+8210555" + n, Password: canary + "-quiet-orbit-" + n, Tenant: tenant,
	}
}

// signUp is the payload of a gateway that passes on a sign-up.
func (p person) signUp() object {
	return object{
		"name": "Ann Lee", "email": p.Email, "username": p.Username, "mobile": p.Mobile, "password": p.Password,
		"tenantId": p.Tenant, "req": req(nil),
	}
}

// signIn is that of a login.
func (p person) signIn() object {
	return object{"usernameOrEmailOrMobile": p.Email, "password": p.Password, "tenantId": p.Tenant, "req": req(nil)}
}

// claims are those of the person's access token, as a gateway passes them on.
func (p person) claims() object {
	return object{"sub": p.ID, "sid": p.SessionID, "tenantId": p.Tenant, "username": p.Username, "role": "user"}
}

// as is what a gateway says of a request of this person.
func (p person) as() object { return object{"tenantId": p.Tenant, "req": req(p.claims())} }

const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"

// req is what a gateway says of a request, as the seed's does; user is nil on
// public routes.
func req(user object) object {
	r := object{"headers": object{"user-agent": agent, "host": "203.0.113.7"}}
	if user != nil {
		r["user"] = user
	}
	return r
}

// join signs a person up, and in where no code is needed.
func (w *world) join(t testing.TB, tenant string) person {
	t.Helper()
	p := stranger(tenant)
	secrets.add(p.Password)
	w.call(t, "auth.signup", p.signUp()).want(t, "USER_CREATED").into(t, &p)
	return p
}

// login logs a person in once more.
func (w *world) login(t testing.TB, p person) person {
	t.Helper()
	w.call(t, "auth.login", p.signIn()).want(t, "LOGIN_SUCCESS").into(t, &p)
	return p
}
