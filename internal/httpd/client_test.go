package httpd_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// answer is what came back.
type answer struct {
	request string // method and path
	status  int
	header  http.Header
	body    []byte
	envelope
}

// envelope is the outer form of an answer (CONTRACT.md §2).
type envelope struct {
	HTTPStatus int
	Message    string
	Data       json.RawMessage
	Meta       struct {
		Status, Code, Field, Reason, RequestID string
		Fields                                 []struct{ Field, Problem string }
		RetryAfter                             int
		AttemptsLeft                           *int
		NextCursor                             string
	}
	TS string
}

func (a answer) code() string { return a.Meta.Code }

// want fails unless the answer is this one.
func (a answer) want(t testing.TB, status int, code string) answer {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Fatalf("%s: got %d %s, want %d %s\n%s", a.request, a.status, a.code(), status, code, a.body)
	}
	return a
}

// wantFields fails unless the answer finds fault with just these fields.
func (a answer) wantFields(t testing.TB, fields ...string) answer {
	t.Helper()
	var got []string
	for _, f := range a.Meta.Fields {
		got = append(got, f.Field)
		if f.Problem == "" {
			t.Errorf("%s: nothing is said of %s", a.request, f.Field)
		}
	}
	if strings.Join(got, " ") != strings.Join(fields, " ") {
		t.Errorf("%s: got fault with %q, want %q", a.request, got, fields)
	}
	return a
}

// into reads data.
func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Data, v); err != nil {
		t.Fatalf("%s: %v in %s", a.request, err, a.Data)
	}
}

// cookies returns the cookies that the answer sets, by name and path.
func (a answer) cookies() map[string]*http.Cookie {
	found := map[string]*http.Cookie{}
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		found[c.Name+" "+c.Path] = c
	}
	return found
}

// object is a JSON body.
type object map[string]any

// do sends a request, "POST /auth/login", with a body (nil, text, or something
// to marshal) and headers in pairs, and checks what every answer must be.
func (w *world) do(t testing.TB, request string, body any, headers ...string) answer {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	path = fill(path, "")
	request = method + " " + path
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, reader(t, body))
	must(t, err)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	replaced := map[string]bool{}
	for i := 0; i < len(headers); i += 2 {
		name := http.CanonicalHeaderKey(headers[i])
		if name == "Content-Type" && !replaced[name] {
			r.Header.Del(name)
			replaced[name] = true
		}
		r.Header[name] = append(r.Header[name], headers[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	res, err := w.client.Do(r)
	if err != nil {
		t.Fatalf("%s: %v", request, err)
	}
	return w.read(t, request, res)
}

func reader(t testing.TB, body any) io.Reader {
	t.Helper()
	switch b := body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		must(t, err)
		return strings.NewReader(string(text))
	}
}

// hangUp at the end of raw bytes stands for the end of the stream.
const hangUp = "\x00hang up"

// raw sends bytes as they are and reads one answer to a request of that method
// and path.
func (w *world) raw(t testing.TB, request, bytes string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(3*time.Minute)))
	// A server may answer before it has read everything.
	_, _ = io.WriteString(conn, strings.TrimSuffix(bytes, hangUp))
	if strings.HasSuffix(bytes, hangUp) {
		must(t, conn.(*net.TCPConn).CloseWrite())
	}
	method, _, _ := strings.Cut(request, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s: %v", request, err)
	}
	return w.read(t, request, res)
}

func (w *world) read(t testing.TB, request string, res *http.Response) answer {
	t.Helper()
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK && res.Header.Get("Content-Type") == "text/event-stream" { // which has no end
		return answer{request: request, status: res.StatusCode, header: res.Header}
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s: %v", request, err)
	}
	a := answer{request: request, status: res.StatusCode, header: res.Header, body: body}
	for _, c := range res.Cookies() {
		secrets.add(c.Value)
	}
	w.check(t, &a)
	return a
}

// person is somebody with an account, and the tokens of a login.
type person struct {
	ID, Email, Username, Mobile, Password string
	AccessToken, RefreshToken             string
	DeviceToken, SessionID                string
	tenant                                string
}

var people atomic.Int64

// stranger makes up a person without an account.
func stranger(tenant string) person {
	n := people.Add(1)
	digits := string(rune('0'+n/1000%10)) + string(rune('0'+n/100%10)) + string(rune('0'+n/10%10)) + string(rune('0'+n%10))
	return person{
		Email: "ann" + digits + "@example.com", Username: "ann" + digits, Mobile: "+8210555" + digits,
		Password: canary + "-quiet-orbit-" + digits, tenant: tenant,
	}
}

// headers name the person's tenant.
func (p person) headers(more ...string) []string {
	if p.tenant != "" {
		more = append([]string{"x-tenant-id", p.tenant}, more...)
	}
	return more
}

// bearer are the headers of a program that is logged in.
func (p person) bearer(more ...string) []string {
	return append([]string{"Authorization", "Bearer " + p.AccessToken}, more...)
}

// jar are the headers of a browser that is logged in.
func (p person) jar(more ...string) []string {
	return append([]string{"Cookie", "accessToken=" + p.AccessToken + "; refreshToken=" + p.RefreshToken}, more...)
}

func (p person) signUp() object {
	return object{"name": "Ann Lee", "email": p.Email, "username": p.Username, "mobile": p.Mobile, "password": p.Password}
}

// join signs a person up, and in where no code is needed.
func (w *world) join(t testing.TB, tenant string) person {
	t.Helper()
	p := stranger(tenant)
	w.do(t, "POST /auth/sign-up", p.signUp(), p.headers()...).want(t, 201, "USER_CREATED").into(t, &p)
	return p
}

// login logs a person in once more.
func (w *world) login(t testing.TB, p person, more ...string) person {
	t.Helper()
	w.do(t, "POST /auth/login", object{"email": p.Email, "password": p.Password}, p.headers(more...)...).
		want(t, 200, "LOGIN_SUCCESS").into(t, &p)
	return p
}

// challenge begins a login that needs a code and returns its id.
func (w *world) challenge(t testing.TB, p person) (loginID string) {
	t.Helper()
	var c struct{ LoginID string }
	w.do(t, "POST /auth/login", object{"email": p.Email, "password": p.Password}, p.headers()...).want(t, 200, "OTP_SENT").into(t, &c)
	return c.LoginID
}

// wantStatus fails unless the answer has that status.
func (a answer) wantStatus(t testing.TB, status int) answer {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: got %d, want %d\n%s", a.request, a.status, status, a.body)
	}
	return a
}
