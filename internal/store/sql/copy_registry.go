package sql

import (
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

// copiedOf returns how the rows of a kind are kept; of accounts, how their users
// are.
func copiedOf(kind string) (copied, error) {
	switch kind {
	case auth.RowDirectories:
		return copiedDirectories, nil
	case auth.RowTenants:
		return copiedTenants, nil
	case auth.RowAPIKeys:
		return copiedAPIKeys, nil
	case auth.RowKeys:
		return copiedKeys, nil
	case auth.RowSettings:
		return copiedSettings, nil
	case auth.RowSpaces:
		return copiedSpaces, nil
	case auth.RowRoles:
		return copiedRoles, nil
	case auth.RowAccounts:
		return copiedUsers, nil
	case auth.RowTickets:
		return copiedTickets, nil
	case auth.RowCounters:
		return copiedCounters, nil
	case auth.RowMails:
		return copiedMails, nil
	case auth.RowEvents:
		return copiedEvents, nil
	case auth.RowHeads:
		return copiedHeads, nil
	}
	return copied{}, fmt.Errorf("there are no rows of the kind %q", kind)
}

// rowOf scans a row with the function that the store reads such things with.
func rowOf[V any](scan func(scanner) (V, error), row func(V) (auth.Row, error)) func(scanner) (auth.Row, error) {
	return func(r scanner) (auth.Row, error) {
		v, err := scan(r)
		if err != nil {
			return auth.Row{}, err
		}
		return row(v)
	}
}

// valuesOf reads a row and takes it apart.
func valuesOf[V any](read func(auth.Row) (V, error), values func(V) []any) func(auth.Row) ([]any, error) {
	return func(r auth.Row) ([]any, error) {
		v, err := read(r)
		if err != nil {
			return nil, err
		}
		return values(v), nil
	}
}

var copiedDirectories = copied{
	table: "directories", key: []string{"id"}, columns: directoryColumns, replace: "id",
	scan: rowOf(scanDirectory, auth.DirectoryRow),
	values: valuesOf(auth.Row.Directory, func(d auth.Directory) []any {
		return []any{d.ID, d.Name, blob(d.Sealed), ms(d.CreatedAt)}
	}),
}

// copiedTenants has a version last, which scanTenant reads and a copy counts
// anew.
var copiedTenants = copied{
	table: "tenants", key: []string{"id"}, columns: tenantColumns + ", version, logo", replace: "id",
	scan: func(r scanner) (auth.Row, error) {
		var logo []byte
		t, err := scanTenant(withMore{r, []any{&logo}})
		if err != nil {
			return auth.Row{}, err
		}
		t.Logo = logo
		return auth.TenantRow(t.Tenant)
	},
	values: func(r auth.Row) ([]any, error) {
		t, err := r.Tenant()
		if err != nil {
			return nil, err
		}
		policy, brand, err := inJSON(t)
		return []any{t.ID, t.Slug, t.Name, t.ContactEmail, t.Directory, string(t.Status), policy, brand,
			ms(t.CreatedAt), ms(t.UpdatedAt), ms(t.DeletedAt), 0, blob(t.Logo)}, err
	},
}

// withMore scans columns that come after those that a function scans.
type withMore struct {
	scanner
	more []any
}

// Scan implements scanner.
func (w withMore) Scan(dest ...any) error { return w.scanner.Scan(append(dest, w.more...)...) }

var copiedAPIKeys = copied{
	table: "operator_keys", key: []string{"id"}, columns: apiKeyColumns,
	scan: rowOf(scanAPIKey, auth.APIKeyRow),
	values: func(r auth.Row) ([]any, error) {
		k, err := r.APIKey()
		if err != nil {
			return nil, err
		}
		return apiKeyValues(k)
	},
}

var copiedKeys = copied{
	table: "signing_keys", key: []string{"id"}, columns: keyColumns,
	scan: rowOf(scanKey, auth.KeyRow),
	values: valuesOf(auth.Row.SigningKey, func(k auth.KeyRecord) []any {
		return []any{k.ID, k.Algorithm, blob(k.Sealed), ms(k.CreatedAt), ms(k.SignsFrom)}
	}),
}

var copiedSettings = copied{
	table: "settings_seen", key: []string{"name"}, columns: "name, digest",
	scan: func(r scanner) (auth.Row, error) {
		var name, digest string
		if err := r.Scan(&name, &digest); err != nil {
			return auth.Row{}, err
		}
		return auth.SettingRow(name, digest)
	},
	values: func(r auth.Row) ([]any, error) {
		name, digest, err := r.Setting()
		return []any{name, digest}, err
	},
}
