package auth

import (
	"context"
	"errors"

	"github.com/google/uuid"
)

// Directories makes the databases of directories.
type Directories interface {
	// Canonical returns the one spelling of the URL of a database for a
	// directory: "" for the deployment's own, and for the URL "" that of the
	// database which a tenant of that name gets by itself. It does not change when
	// the deployment moves to another folder. The error is for the operator and
	// does not repeat the URL. anywhere allows places outside of where the
	// deployment keeps its databases.
	Canonical(url Secret, name string, anywhere bool) (string, error)
	// Prepare makes the database of a directory that gets its first tenant, or
	// brings one that is there up to date. Else ErrUnavailable.
	Prepare(ctx context.Context, d Directory) error
}

// place says where a new tenant's users will be: in the database that is asked
// for, else in one of its own where the deployment keeps tenants apart, else in
// the shared one. The same database is the same directory, whose users may be
// members of all its tenants.
func (s *Service) place(p *problems, by Caller, t Tenant, url Secret) Directory {
	shared := Directory{ID: DefaultDirectory, CreatedAt: t.CreatedAt}
	if url == "" && !s.Apart {
		return shared
	}
	if s.Directories == nil {
		p.add("databaseUrl", "cannot be given here: this deployment keeps all tenants in one database")
		return shared
	}
	canonical, err := s.Directories.Canonical(url, t.Slug, by.Operator == AtCommandLine)
	if err != nil {
		p.add("databaseUrl", err.Error())
		return Directory{}
	}
	if canonical == "" {
		return shared
	}
	d := Directory{ID: s.Vault.directoryID(canonical), Name: t.Slug, CreatedAt: t.CreatedAt}
	if url != "" {
		d.Sealed = s.Vault.Seal("directory "+d.ID, []byte(canonical))
	}
	return d
}

// found makes a tenant and its default space; ErrTaken when its slug was ever
// used.
func (s *Service) found(ctx context.Context, t Tenant, d Directory, n Note) error {
	t.Directory = d.ID
	space := Space{ID: s.newID(), Directory: d.ID, Tenant: t.ID, Slug: DefaultSpace, Name: "Default", CreatedAt: t.CreatedAt}
	if d.ID != DefaultDirectory {
		// First, so that no database is made for a name that is taken; whether it
		// is free is for CreateTenant to say.
		if _, err := s.Registry.Tenant(ctx, t.Slug); !errors.Is(err, ErrNoRecord) {
			if err == nil {
				err = ErrTaken
			}
			return err
		}
		if err := s.Directories.Prepare(ctx, d); err != nil {
			return err
		}
	}
	return s.Registry.CreateTenant(ctx, t, d, space, n)
}

// directoryID names the directory that a database is.
func (v *Vault) directoryID(canonical string) string {
	id := uuid.UUID(mac(v.places, canonical)[:16])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // RFC 9562 §5.8
	return id.String()
}

// DirectoryURL opens the URL of a directory's database; "" when the deployment
// says where it is.
func (v *Vault) DirectoryURL(d Directory) (Secret, error) {
	if d.Sealed == nil {
		return "", nil
	}
	url, err := v.Open("directory "+d.ID, d.Sealed)
	return Secret(url), err
}
