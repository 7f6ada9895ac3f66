package attacks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// A client speaks HTTP to a server and follows no redirect.
type client struct {
	base  string
	http  *http.Client
	doors *doors // that refuses and opens try as well; nil: none
}

func (s *server) client() *client { return s.clientFrom("") }

// clientFrom returns a client whose connections come from that address of
// loopback.
func (s *server) clientFrom(addr string) *client {
	dialer := net.Dialer{Timeout: 10 * time.Second}
	if addr != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(addr)}
	}
	transport := &http.Transport{
		MaxIdleConnsPerHost: 64, DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", s.port))
		},
	}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &client{base: s.base, http: &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// A request as a suite writes it down.
type request struct {
	method, path string
	body         any      // a string or bytes: as they are; else JSON of it
	headers      []string // name, value, …; of one name all are sent; Host is the request's
}

// A reply is what came back; Data and Meta are those of the envelope
// (CONTRACT.md §2), where there is one.
type reply struct {
	status int
	header http.Header
	body   []byte
	Data   json.RawMessage
	Meta   struct {
		Code, Reason string
		Fields       []struct{ Field, Problem string }
	}
}

func (r reply) String() string { return fmt.Sprintf("%d %s %s", r.status, r.Meta.Code, r.Meta.Reason) }

// do sends a request and reads the whole answer. Every token that comes is a
// secret from then on.
func (c *client) do(q request) (reply, error) {
	r, err := q.make(c.base)
	if err != nil {
		return reply{}, err
	}
	got, err := c.http.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer got.Body.Close()
	return readReply(got)
}

func (q request) make(base string) (*http.Request, error) {
	var body io.Reader
	switch b := q.body.(type) {
	case nil:
	case string:
		body = bytes.NewReader([]byte(b))
	case []byte:
		body = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequest(q.method, base+q.path, body)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(q.headers); i += 2 {
		if q.headers[i] == "Host" {
			r.Host = q.headers[i+1]
			continue
		}
		r.Header.Add(q.headers[i], q.headers[i+1])
	}
	if body != nil && r.Header["Content-Type"] == nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

func readReply(got *http.Response) (reply, error) {
	raw, err := io.ReadAll(got.Body)
	a := reply{status: got.StatusCode, header: got.Header, body: raw}
	if bytes.HasPrefix(raw, []byte(`{"httpStatus":`)) && json.Unmarshal(raw, &a) != nil { // else a page, or nothing
		return a, fmt.Errorf("this is no envelope: %.200q", raw)
	}
	for _, cookie := range got.Cookies() {
		if cookie.Name != "said" { // the code of an answer, for the next page
			secret(cookie.Value)
		}
	}
	g := a.grant()
	secret(g.AccessToken, g.RefreshToken, g.DeviceToken)
	return a, err
}

// must sends a request that has to be answered.
func (c *client) must(t *testing.T, q request) reply {
	t.Helper()
	a, err := c.do(q)
	if err != nil {
		t.Errorf("%s %.200s: %v", q.method, q.path, err)
	}
	return a
}

// want sends a request that has to be answered with the code: what a suite
// needs before and after its attack.
func (c *client) want(t *testing.T, code string, q request) reply {
	t.Helper()
	a, err := c.do(q)
	if err != nil || a.Meta.Code != code {
		t.Fatalf("%s %s: got %v, %v, want %s", q.method, q.path, a, err, code)
	}
	return a
}

// post and get are requests as programs send them.
func post(path string, body any, headers ...string) request {
	return request{method: http.MethodPost, path: path, body: body, headers: headers}
}

func get(path string, headers ...string) request {
	return request{method: http.MethodGet, path: path, headers: headers}
}
