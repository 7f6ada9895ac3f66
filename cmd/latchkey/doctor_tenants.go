package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/sql"
)

// openedTenants is how many of the tenants' databases are opened to look at
// them; that the files are there is seen of all.
const openedTenants = 100

// checkTenants looks at the databases of tenants that have one of their own.
func checkTenants(ctx context.Context, p *patient) []finding {
	if p.db == nil {
		return nil
	}
	if schema, err := p.db.Schema(ctx); err == nil && schema.Have == 0 { // which checkDatabase says
		return nil
	}
	key, _ := findMasterKey(p) // what is wrong with it, checkKeys says
	vault, err := auth.NewVault(key)
	if err != nil {
		return nil
	}
	const patience = 10 * time.Second
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	all, err := p.db.Directories(limited)
	if err != nil {
		return []finding{fail("the directories of tenants cannot be read: "+err.Error(), mendOpen(err))}
	}
	seen := tenantDatabases{yard: p.yard(), vault: vault}
	for _, d := range all {
		if d.ID != auth.DefaultDirectory {
			seen.look(limited, d)
		}
	}
	return seen.findings()
}

// A yard is where the databases of tenants are.
type yard interface {
	// where names that of a directory, or says why it cannot be used.
	where(v *auth.Vault, d auth.Directory) (name string, err error)
	inspect(ctx context.Context, name string) (*sql.Inspection, error)
}

func (p *patient) yard() yard {
	if server, ok := p.settings.home().(postgres); ok {
		return server
	}
	return places{control: p.settings.DatabasePath}
}

func (p places) where(v *auth.Vault, d auth.Directory) (string, error) {
	path, err := p.path(v, d)
	if err != nil {
		return "", err
	}
	if err := missing(path); err != nil {
		return "", fmt.Errorf("%s %w", path, err)
	}
	return path, nil
}

func (places) inspect(ctx context.Context, path string) (*sql.Inspection, error) {
	return sql.Inspect(ctx, path)
}

func (p postgres) where(v *auth.Vault, d auth.Directory) (string, error) {
	return nameOnServer(schemePostgres, p.name(), v, d)
}

func (p postgres) inspect(ctx context.Context, name string) (*sql.Inspection, error) {
	at, err := p.at(name)
	if err != nil {
		return nil, err
	}
	return sql.InspectServer(ctx, at)
}

// tenantDatabases is what was found of the databases of tenants.
type tenantDatabases struct {
	yard
	vault      *auth.Vault
	n, opened  int
	wrong, old []string
}

// look looks at one: that it is there and, of the first, that it opens.
func (f *tenantDatabases) look(ctx context.Context, d auth.Directory) {
	f.n++
	name, err := f.where(f.vault, d)
	if err != nil {
		f.wrong = append(f.wrong, fmt.Sprintf("%s (%v)", d.Name, err))
		return
	}
	if f.opened == openedTenants || ctx.Err() != nil {
		return
	}
	f.opened++
	schema, err := f.schema(ctx, name)
	switch {
	case ctx.Err() != nil: // that was all the time there was
		f.opened--
	case err != nil:
		f.wrong = append(f.wrong, fmt.Sprintf("%s (%s does not open: %v)", d.Name, name, err))
	case schema.Foreign || schema.Have > schema.Known:
		f.wrong = append(f.wrong, fmt.Sprintf("%s (%s is another program's, or a newer release's)", d.Name, name))
	case len(schema.Missing) > 0:
		f.old = append(f.old, d.Name)
	}
}

func (f *tenantDatabases) schema(ctx context.Context, name string) (s sql.Schema, err error) {
	db, err := f.inspect(ctx, name)
	if err != nil {
		return s, err
	}
	s, err = db.Schema(ctx)
	if problem := db.Close(); err == nil {
		err = problem
	}
	return s, err
}

func (f *tenantDatabases) findings() (found []finding) {
	if len(f.wrong) > 0 {
		found = append(found, fail(
			fmt.Sprintf("%d of %d databases of tenants cannot be used: %s", len(f.wrong), f.n, some(f.wrong)),
			"restore them from a backup, or let this user read and write them; until then those tenants answer TENANT_CONNECTION_MISSING, and the others work"))
	}
	if len(f.old) > 0 {
		found = append(found, warn(
			fmt.Sprintf("%d databases of tenants have an older schema: %s", len(f.old), some(f.old)),
			"run latchkey migrate, or leave it: each is brought up to date when it is opened first"))
	}
	if found == nil && f.n > 0 {
		found = append(found, ok("all %d databases of tenants are there, and the %d that were looked into can be used", f.n, f.opened))
	}
	return found
}

// some tells the first few of many.
func some(all []string) string {
	const most = 3
	if len(all) <= most {
		return strings.Join(all, ", ")
	}
	return strings.Join(all[:most], ", ") + fmt.Sprintf(" and %d more", len(all)-most)
}
