package attacks

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// A service is what a gateway protects: it does as it is told by whoever
// reaches it, and keeps what that was.
type service struct {
	url    string
	answer http.HandlerFunc // nil: 200 and nothing
	mu     sync.Mutex
	heard  []arrival
}

// An arrival is a request as the service behind a gateway has it.
type arrival struct {
	method, uri, path string
	header, trailer   http.Header
	body              string
}

func openService(t *testing.T) *service {
	t.Helper()
	s := new(service)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// ServeHTTP implements http.Handler.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = append(body, " and then "+err.Error()...)
	}
	s.mu.Lock()
	s.heard = append(s.heard, arrival{r.Method, r.RequestURI, r.URL.Path, r.Header.Clone(), r.Trailer.Clone(), string(body)})
	s.mu.Unlock()
	if s.answer != nil {
		s.answer(w, r)
	}
}

func (s *service) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.heard)
}

// take returns what has come since it was last asked for.
func (s *service) take() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.heard = nil }()
	return slices.Clone(s.heard)
}

func (s *service) all() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.heard)
}
