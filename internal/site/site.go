package site

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Config is what the pages need. All but Dev is required.
type Config struct {
	API          http.Handler // the HTTP door
	App          string       // name of the application
	Base         *url.URL     // where browsers reach it
	CookieSecure bool
	Sealer       Sealer
	Dev          bool // the mailbox of development stands beside the pages
	Now          func() time.Time
	Log          *slog.Logger
}

// Sealer keeps what only this service may read and write in a cookie.
type Sealer interface {
	// Seal encrypts what Open gives back, for that purpose alone.
	Seal(purpose string, plain []byte) []byte
	// Open returns an error for what Seal did not make.
	Open(purpose string, sealed []byte) ([]byte, error)
}

// The folders of the pages. Those of an account are where browsers send the
// refresh cookie, whose path is /auth.
const (
	account = "/auth/account"
	console = "/admin"
)

// Site is the pages: an http.Handler for /auth/account/ and /admin.
type Site struct {
	Config
	mux    *http.ServeMux
	forms  []string // addresses that take a form
	pages  pages
	words  words
	static static
}

// New makes the pages.
func New(c Config) (*Site, error) {
	s := &Site{Config: c, mux: http.NewServeMux()}
	var err error
	if s.words, err = loadWords(); err != nil {
		return nil, err
	}
	if s.static, err = loadStatic(); err != nil {
		return nil, err
	}
	if s.pages, err = loadPages(); err != nil {
		return nil, err
	}
	s.outside()
	s.inside()
	s.consolePages()
	s.deploymentPages()
	s.peoplePages()
	s.show("/{$}", home)
	s.mux.Handle("GET "+account+"/static/", s.static)
	s.mux.HandleFunc("/", s.visiting(func(v *visit) { v.refuse(http.StatusNotFound, auth.ErrNoRoute.Code) }))
	return s, nil
}

// ServeHTTP shows a page, or does what a form on one asks for.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// step is what answers one address.
type step func(*visit)

// show adds a page that only looks.
func (s *Site) show(path string, f step) { s.mux.HandleFunc("GET "+path, s.visiting(f)) }

// act adds what a form does.
func (s *Site) act(path string, f step) {
	s.forms = append(s.forms, path)
	s.mux.HandleFunc("POST "+path, s.visiting(f))
}

// visiting makes a visit of a request. A page of somebody else's may link here
// and nothing more: what it sends is refused before it is read (ASVS 5.0
// V3.5.1), the login too, so that nobody is logged in as somebody else.
func (s *Site) visiting(f step) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := s.visit(w, r)
		switch {
		case v.foreign() && r.Method != http.MethodGet && r.Method != http.MethodHead:
			v.refuse(http.StatusForbidden, "CROSS_ORIGIN")
		case v.bounced():
		default:
			f(v)
		}
	}
}
