package auth_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// places are directories that are made in name only. A URL that has "outside"
// in it is for the command line.
type places struct {
	mu   sync.Mutex
	made []auth.Directory
	down error
}

func (p *places) Canonical(url auth.Secret, name string, anywhere bool) (string, error) {
	switch text := strings.ToLower(url.Reveal()); {
	case text == "":
		return "sqlite:tenants/" + name + ".db", nil
	case text == "sqlite:control.db":
		return "", nil
	case !strings.HasPrefix(text, "sqlite:"), strings.Contains(text, "outside") && !anywhere:
		return "", errors.New("must be sqlite:<file name>")
	default:
		return text, nil
	}
}

func (p *places) Prepare(_ context.Context, d auth.Directory) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down != nil {
		return p.down
	}
	p.made = append(p.made, d)
	return nil
}

func (p *places) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.made)
}

// TestATenantWithADatabaseOfItsOwn: by its URL, or where the deployment says.
// The same database is the same directory, however it is spelled.
func TestATenantWithADatabaseOfItsOwn(t *testing.T) {
	p := new(places)
	w := newWorld(t, func(s *auth.Service) { s.Directories = p })
	op := w.operator(t, home)
	found := func(name string, url auth.Secret) auth.TenantView {
		v, err := w.CreateTenant(t.Context(), op, auth.NewTenantInput{Name: name, DatabaseURL: url})
		must(t, err)
		return v
	}
	shared, control := found("shared-one", ""), found("shared-two", "sqlite:control.db")
	if shared.Directory != auth.DefaultDirectory || control.Directory != auth.DefaultDirectory || p.count() != 0 {
		t.Errorf("got directories %s and %s, %d made", shared.Directory, control.Directory, p.count())
	}
	acme, also, other := found("acme", "sqlite:acme.db"), found("acme-two", "SQLite:ACME.db"), found("other", "sqlite:other.db")
	if acme.Directory != also.Directory || acme.Directory == other.Directory || uuid.Validate(acme.Directory) != nil || acme.Directory == acme.ID {
		t.Errorf("got directories %s, %s and %s", acme.Directory, also.Directory, other.Directory)
	}
	d, err := w.store.Directory(t.Context(), acme.Directory)
	must(t, err)
	url, err := w.Vault.DirectoryURL(d)
	if err != nil || url.Reveal() != "sqlite:acme.db" || d.Name != "acme" || strings.Contains(string(d.Sealed), "acme.db") {
		t.Errorf("got %+v, URL error %v", d, err)
	}
	d.ID = other.Directory // sealed for its own directory
	if _, err := w.Vault.DirectoryURL(d); err == nil {
		t.Error("the URL of one directory opens as another's")
	}
	w.Apart = true
	apart := found("apart", "")
	if d, err = w.store.Directory(t.Context(), apart.Directory); err != nil || apart.Directory == apart.ID || d.Sealed != nil || d.Name != "apart" {
		t.Errorf("got %+v, %v", d, err)
	}
	id := w.join(t, "acme", "ben")
	if a, err := w.store.Account(t.Context(), acme.Directory, id); err != nil || a.Seats[0].Tenant != acme.ID {
		t.Errorf("got %+v, %v", a, err)
	}
	w.join(t, home, "ben") // the same name in another directory
}

// TestFoundingRefusals: nothing is left of what was refused or failed, and no
// database is made for a name that is taken.
func TestFoundingRefusals(t *testing.T) {
	p := new(places)
	w := newWorld(t, func(s *auth.Service) { s.Directories = p })
	cli := w.operator(t, home)
	k, err := w.CreateOperatorKey(t.Context(), cli, "ci", 0)
	must(t, err)
	key, err := w.Operate(t.Context(), auth.Origin{}, auth.Secret(k.Key))
	must(t, err)
	const url = auth.Secret("postgres://u:hunter2@db.internal/acme")
	_, err = w.CreateTenant(t.Context(), cli, auth.NewTenantInput{Name: "acme", DatabaseURL: url})
	problem(t, "a URL that is refused", err, "databaseUrl")
	if f := meta(err).Fields; strings.Contains(f[0].Problem, "hunter2") {
		t.Error("the problem repeats the URL")
	}
	outside := auth.NewTenantInput{Name: "acme", DatabaseURL: "sqlite:/outside/acme.db"}
	_, err = w.CreateTenant(t.Context(), key, outside)
	problem(t, "outside, with a key", err, "databaseUrl")
	_, err = w.CreateTenant(t.Context(), cli, auth.NewTenantInput{Name: home, DatabaseURL: "sqlite:home.db"})
	refused(t, "a name that is taken", err, auth.ErrTenantTaken)
	_, err = w.CreateTenant(t.Context(), cli, auth.NewTenantInput{Name: "admin", DatabaseURL: "sqlite:admin.db"})
	problem(t, "a reserved name", err, "name")
	if p.count() != 0 {
		t.Errorf("%d databases were made", p.count())
	}
	plain := newWorld(t)
	_, err = plain.CreateTenant(t.Context(), plain.operator(t, home), auth.NewTenantInput{Name: "acme", DatabaseURL: "sqlite:acme.db"})
	problem(t, "where there are no others", err, "databaseUrl")
	p.down = auth.ErrUnavailable
	_, err = w.CreateTenant(t.Context(), cli, outside)
	refused(t, "a database that cannot be made", err, auth.ErrTenantDown)
	if _, err := w.store.Tenant(t.Context(), "acme"); err == nil {
		t.Error("the tenant is there without its database")
	}
	p.down = nil
	_, err = w.CreateTenant(t.Context(), cli, outside)
	refused(t, "outside, at the machine", err, nil)
	if strings.Contains(w.log.String(), "hunter2") || strings.Contains(w.log.String(), "outside") {
		t.Error("the log repeats a URL")
	}
}
