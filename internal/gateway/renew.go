package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"time"

	"github.com/latchkey/latchkey/guard"
)

const (
	renewKept  = 5 * time.Second // for requests that were sent with the old cookies
	renewLimit = 10 * time.Second
)

// renewal is what came of one refresh token, for all who sent it.
type renewal struct {
	done    chan struct{}
	cookies []*http.Cookie
	err     error
}

// renewals has each refresh token presented once, however many requests of a
// browser come with it.
type renewals struct {
	mu      sync.Mutex
	pending map[[sha256.Size]byte]*renewal
}

func newRenewals() *renewals { return &renewals{pending: map[[sha256.Size]byte]*renewal{}} }

// once returns what do returns for the token, which one caller asks for.
func (n *renewals) once(beside *sync.WaitGroup, token string, do func() ([]*http.Cookie, error)) *renewal {
	key := sha256.Sum256([]byte(token))
	n.mu.Lock()
	r, there := n.pending[key]
	if !there {
		r = &renewal{done: make(chan struct{})}
		n.pending[key] = r
	}
	n.mu.Unlock()
	if there {
		return r
	}
	beside.Go(func() {
		r.cookies, r.err = do()
		close(r.done)
		kept := renewKept
		if r.err != nil {
			kept = 0 // the next request asks again
		}
		time.AfterFunc(kept, func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			delete(n.pending, key)
		})
	})
	return r
}

// renewable reports whether a request was refused only because its browser's
// access token is over, and brings what makes a new one.
func (x *exchange) renewable(err error) bool {
	if f := x.table.file; f.Refresh != nil && !*f.Refresh {
		return false
	}
	var e guard.Error
	if !errors.As(err, &e) || e.Code != guard.CodeTokenMissing && (e.Code != guard.CodeTokenInvalid || e.Reason != "expired") {
		return false
	}
	return x.r.Header.Get("Authorization") == "" && x.r.Header.Get("X-Access-Token") == "" && len(x.r.CookiesNamed(refreshCookie)) == 1
}

// renewTokens has the auth service renew the browser's cookies, puts the new
// access token into the request and keeps the cookies for the answer.
func (x *exchange) renewTokens() error {
	if x.foreign() { // before anything changes
		return guard.Error{Status: http.StatusForbidden, Code: guard.CodeCrossOrigin, Message: "The request comes from another origin."}
	}
	token := x.r.CookiesNamed(refreshCookie)[0].Value
	r := x.renew.once(&x.beside, token, func() ([]*http.Cookie, error) { return x.askForTokens(token) })
	select {
	case <-r.done:
	case <-x.r.Context().Done():
		return errAuthAway
	}
	if r.err != nil {
		return r.err
	}
	x.cookies = widened(r.cookies)
	for _, c := range r.cookies {
		if c.Name == accessCookie {
			x.r = x.r.Clone(x.r.Context())
			replaceCookie(x.r.Header, c.Name, c.Value)
		}
	}
	return nil
}

// foreign reports whether another website makes the browser ask. A WebSocket
// begins with a GET and changes whatever it likes, so it counts as a change.
func (x *exchange) foreign() bool {
	r := x.r
	if r.Header.Get("Upgrade") != "" {
		r = &http.Request{Method: http.MethodPost, Host: r.Host, URL: r.URL, Header: r.Header}
	}
	return x.table.origins.Check(r) != nil
}

// askForTokens presents a refresh token. It goes on when the request that asked
// first is given up: others wait for it, and the token would be used up for
// nothing.
func (x *exchange) askForTokens(token string) ([]*http.Cookie, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.r.Context()), renewLimit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://auth/auth/refresh", strings.NewReader("{}"))
	if err != nil {
		return nil, err
	}
	r.Host = "" // that of the auth service, as is what stands before the path
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", x.r.UserAgent())
	r.Header.Set("X-Request-Id", x.id)
	r.AddCookie(&http.Cookie{Name: refreshCookie, Value: token}) //nolint:gosec // what a request carries has no attributes
	for _, c := range x.r.CookiesNamed(deviceCookie) {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value}) //nolint:gosec // what a request carries has no attributes
	}
	x.table.setForwarded(r.Header, x.r)
	answer, err := x.table.auth.RoundTrip(r)
	if err != nil {
		x.log(err)
		return nil, errAuthAway
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusOK {
		return answer.Cookies(), nil
	}
	return nil, refused(answer)
}

// refused is a refusal of the auth service as one of ours. Only what it says for
// certain is one: anything else may be over in a moment, and ends nothing.
func refused(answer *http.Response) error {
	var said struct {
		Message string `json:"message"`
		Meta    struct {
			Code   string `json:"code"`
			Reason string `json:"reason"`
		} `json:"meta"`
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil || json.Unmarshal(text, &said) != nil || said.Meta.Code == "" || answer.StatusCode != http.StatusUnauthorized && answer.StatusCode != http.StatusForbidden {
		return errAuthAway
	}
	return guard.Error{Status: answer.StatusCode, Code: said.Meta.Code, Reason: said.Meta.Reason, Message: said.Message}
}

// widened makes the refresh cookie of the auth service one that this gateway
// gets back on every path. The narrow ones go, or a browser would send both. An
// answer that sets one and clears that of the other prefix keeps the one it sets.
func widened(from []*http.Cookie) []string {
	var all []string
	var wide *http.Cookie
	for _, c := range from {
		if c.Name != refreshCookie || c.Path == "/" {
			all = append(all, c.String())
			continue
		}
		narrow := *c //nolint:gosec // it keeps the attributes that the auth service gave it
		narrow.Value, narrow.MaxAge, narrow.Expires = "", -1, time.Time{}
		all = append(all, narrow.String())
		if wide == nil || wide.MaxAge < 0 {
			w := *c //nolint:gosec // it keeps the attributes that the auth service gave it
			w.Path = "/"
			wide = &w
		}
	}
	if wide != nil {
		all = append(all, wide.String())
	}
	return all
}

// replaceCookie puts a cookie in place of those with its name. The others stay as
// the browser wrote them.
func replaceCookie(h http.Header, name, value string) {
	kept := cookiesBut(h, name)
	h["Cookie"] = []string{strings.Join(append(kept, name+"="+value), "; ")}
}

// passOn sends a request to the auth service as it came, but for the headers
// that only a proxy may set.
func (x *exchange) passOn() {
	x.pattern, x.to = "/auth/", AuthUpstream
	widen := x.table.file.Refresh == nil || *x.table.file.Refresh
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			stripTricks(p.Out)
			stripForeign(p.Out.Header)
			x.table.setForwarded(p.Out.Header, x.r)
			p.Out.Host = x.r.Host
		},
		Transport: x.table.auth, FlushInterval: -1, BufferPool: &x.copies, ErrorHandler: x.failed,
		ModifyResponse: func(a *http.Response) error {
			x.begun(a)
			if !widen {
				return nil
			}
			if all := widened(a.Cookies()); len(all) > 0 {
				a.Header["Set-Cookie"] = all
			}
			return nil
		},
	}
	proxy.ServeHTTP(x.w, x.r)
}
