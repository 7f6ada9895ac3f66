// Package guardtest is a Latchkey for the tests of services that package guard protects: it publishes keys, makes
// tokens and API keys, and tells guards what a test lets happen.
//
//	auth := guardtest.New(t)
//	g, err := guard.New(auth.Config())
//	…
//	token := auth.Token(guardtest.User{TenantID: "acme", Role: "admin", SessionID: "s1"})
//	auth.EndSession("s1", "logout")
//
// What it tells, every live guard with the Client of [Server.Config] has taken in when the method returns: a test need
// not wait. It has no users, no passwords and no database; whoever is named exists.
package guardtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/jwt"
)

// Life is that of an access token, unless a [User] has another.
const Life = 15 * time.Minute

// heartbeat is the feed's, in seconds.
const heartbeat = 1

// Server is an issuer of tokens that a test is in charge of. It is safe for concurrent use.
type Server struct {
	URL string // the issuer, and where it is

	t       testing.TB
	signer  *ecdsa.PrivateKey
	kid     string
	keys    []byte // the JWKS document
	feedKey string
	client  *http.Client

	mu        sync.Mutex
	away      bool
	services  map[string]guard.Identity // by key
	revoked   map[string]bool           // ids of keys
	told      []news
	listeners map[*listener]bool
	acks      map[string]*ack
	moved     *sync.Cond // a listener has heard something, or is gone
}

// New starts a server on loopback that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := newServer(t)
	ctx, cancel := context.WithCancel(context.Background())
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner, done := context.WithCancel(r.Context())
		defer done()
		defer context.AfterFunc(ctx, done)()
		s.ServeHTTP(w, r.WithContext(inner))
	}))
	t.Cleanup(h.Close)
	t.Cleanup(cancel) // first, or Close would wait for the streams
	s.URL, s.client = h.URL, &http.Client{Transport: watched{s, &http.Transport{}}}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// NewInProcess makes a server without network, for tests in a bubble of [testing/synctest]: the Client of its Config
// reaches it, and nothing else does.
func NewInProcess(t testing.TB) *Server {
	t.Helper()
	s := newServer(t)
	s.URL, s.client = "https://auth.example.com", &http.Client{Transport: watched{s, inProcess{s}}}
	return s
}

func newServer(t testing.TB) *Server {
	t.Helper()
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		t: t, signer: signer, kid: rand.Text(), feedKey: "lks_" + rand.Text(),
		services: map[string]guard.Identity{}, revoked: map[string]bool{}, listeners: map[*listener]bool{}, acks: map[string]*ack{},
	}
	s.moved = sync.NewCond(&s.mu)
	public, err := jwt.NewKey(s.kid, jwt.ES256, &signer.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if s.keys, err = jwt.JWKS(public); err != nil {
		t.Fatal(err)
	}
	return s
}

// Config is that of a guard that trusts the server and listens to its feed.
func (s *Server) Config() guard.Config {
	return guard.Config{Issuer: s.URL, Feed: guard.Feed{Key: s.feedKey}, Client: s.client, Log: slog.New(slog.DiscardHandler)}
}

// Guard makes a guard with that configuration, waits until it is ready, and closes it with the test.
func (s *Server) Guard() *guard.Guard {
	s.t.Helper()
	g, err := guard.New(s.Config())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := g.Close(); err != nil {
			s.t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := g.Ready(ctx); err != nil {
		s.t.Fatal(err)
	}
	return g
}

// Away cuts every connection and answers nobody until [Server.Back].
func (s *Server) Away() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = true
	for l := range s.listeners {
		l.cut()
	}
}

// Back ends Away.
func (s *Server) Back() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = false
}

// ServeHTTP is what the server answers: its keys, its feed, and whose an API key is.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	away := s.away
	s.mu.Unlock()
	if away {
		panic(http.ErrAbortHandler)
	}
	switch r.URL.Path {
	case "/.well-known/jwks.json":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(s.keys) // who no longer listens needs no answer
	case "/auth/revocations":
		s.serveFeed(w, r)
	case "/auth/verify":
		s.serveVerify(w, r)
	default:
		http.NotFound(w, r)
	}
}
