package main

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/latchkey/latchkey/internal/store/mongo"
	"github.com/latchkey/latchkey/internal/store/sql"
)

// A patient is a deployment as its settings describe it, and what is known of
// it by now.
type patient struct {
	mode     runMode
	wrong    problems // with the settings
	unused   []string // names in .env that are no settings
	loaded   bool     // there are settings to go by
	settings Settings
	keyFile  string // of LATCHKEY_SECRET_FILE; "" when it is not set

	db    *sql.Inspection   // nil when there is none, or it does not open
	mongo *mongo.Inspection // where it is MongoDB, instead of db
	dbErr error             // why there is none; fs.ErrNotExist when there is no file

	// What a test replaces.
	now      func() time.Time
	built    time.Time // of the binary; zero when that is not known
	roots    *x509.CertPool
	kernel   kernel
	patience time.Duration // with a server that says nothing

	visited *visit
}

// kernel is what the system is asked.
type kernel struct {
	synced func() (string, error)        // says why the clock is not; errUnknown
	room   func(string) (space, error)   // of the file system of a folder; errUnknown
	access func(path string) error       // whether this user may write
	owner  func(fs.FileInfo) (int, bool) // user id
}

var errUnknown = errors.New("this system does not say")

// admit reads the settings. Those that are wrong for the mode alone, as when
// there is no way to send mail, leave the rest to be looked at.
func admit(mode runMode, flags map[string]string, w *console) *patient {
	p := &patient{mode: mode, now: time.Now, kernel: thisKernel(), patience: 10 * time.Second}
	p.built, _ = time.Parse(time.RFC3339, thisBuild().Date) // zero where the binary does not tell
	s, force, err := loadSettings(mode, flags, w.Environ, w.Dir)
	if err != nil {
		if !errors.As(err, &p.wrong) {
			p.wrong = problems{err.Error()}
		}
		s, force, err = loadSettings(modeTool, flags, w.Environ, w.Dir)
	}
	if err != nil {
		return p
	}
	p.loaded, p.settings, p.unused = true, s, force.Unused
	for _, v := range force.Values {
		if v.Name == "LATCHKEY_SECRET_FILE" && v.Value != "" {
			p.keyFile = s.path(v.Value)
		}
	}
	return p
}

// open opens the database to look at it.
func (p *patient) open(ctx context.Context) error {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch home := p.settings.home().(type) {
	case postgres:
		p.db, p.dbErr = sql.InspectServer(ctx, home.url.Reveal())
	case *mongodb:
		p.mongo, p.dbErr = mongo.Inspect(ctx, home.uri.Reveal(), home.name(), patience)
	default:
		p.db, p.dbErr = sql.Inspect(ctx, p.settings.DatabasePath)
	}
	return p.dbErr
}

// served reports whether the database is on a server, and no file of this
// machine.
func (p *patient) served() bool { return p.settings.DatabaseURL != "" }

func (p *patient) close() {
	// Nothing was written: there is nothing that an error could have lost.
	if p.db != nil {
		p.db.Close()
	}
	if p.mongo != nil {
		p.mongo.Close()
	}
}

// fresh reports whether there is no database yet.
func (p *patient) fresh() bool { return !p.served() && errors.Is(p.dbErr, fs.ErrNotExist) }

// folder is the database's folder, or, when that is to be made, the nearest
// above it that exists.
func (p *patient) folder() string {
	folder := filepath.Dir(p.settings.DatabasePath)
	for {
		_, err := os.Stat(folder)
		parent := filepath.Dir(folder)
		if !errors.Is(err, fs.ErrNotExist) || parent == folder {
			return folder
		}
		folder = parent
	}
}
