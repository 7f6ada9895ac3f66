package auth

// directoryData is a directory in a row. That it is flagged is between processes
// that run, and not in it.
type directoryData struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Sealed  []byte `json:"sealed,omitempty"`
	Created int64  `json:"created"`
}

// DirectoryRow makes the row of a directory.
func DirectoryRow(d Directory) (Row, error) {
	return newRow(RowDirectories, d.ID, directoryData{d.ID, d.Name, d.Sealed, rowTime(d.CreatedAt)})
}

// Directory reads the row of a directory.
func (r Row) Directory() (Directory, error) {
	d, err := readRow[directoryData](r, RowDirectories)
	return Directory{ID: d.ID, Name: d.Name, Sealed: d.Sealed, CreatedAt: timeOf(d.Created)}, err
}

type tenantData struct {
	ID        string       `json:"id"`
	Slug      string       `json:"slug"`
	Name      string       `json:"name"`
	Contact   string       `json:"contact,omitempty"`
	Directory string       `json:"directory"`
	Status    TenantStatus `json:"status"`
	Policy    Policy       `json:"policy"`
	Brand     Brand        `json:"brand"`
	Logo      []byte       `json:"logo,omitempty"`
	Created   int64        `json:"created"`
	Updated   int64        `json:"updated"`
	Deleted   int64        `json:"deleted,omitempty"`
}

// TenantRow makes the row of a tenant, also one that was deleted, with its
// picture.
func TenantRow(t Tenant) (Row, error) {
	return newRow(RowTenants, t.ID, tenantData{
		t.ID, t.Slug, t.Name, t.ContactEmail, t.Directory, t.Status, t.Policy, t.Brand, t.Logo,
		rowTime(t.CreatedAt), rowTime(t.UpdatedAt), rowTime(t.DeletedAt),
	})
}

// Tenant reads the row of a tenant. Logo is nil when it has none.
func (r Row) Tenant() (Tenant, error) {
	d, err := readRow[tenantData](r, RowTenants)
	return Tenant{
		ID: d.ID, Slug: d.Slug, Name: d.Name, ContactEmail: d.Contact, Directory: d.Directory, Status: d.Status,
		Policy: d.Policy, Brand: d.Brand, Logo: d.Logo,
		CreatedAt: timeOf(d.Created), UpdatedAt: timeOf(d.Updated), DeletedAt: timeOf(d.Deleted),
	}, err
}

type apiKeyData struct {
	ID      string   `json:"id"`
	Kind    KeyKind  `json:"kind"`
	Tenant  string   `json:"tenant,omitempty"`
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes,omitempty"`
	Proof   []byte   `json:"proof"`
	Created int64    `json:"created"`
	Expires int64    `json:"expires,omitempty"`
	Used    int64    `json:"used,omitempty"`
	Revoked int64    `json:"revoked,omitempty"`
}

// APIKeyRow makes the row of an API key.
func APIKeyRow(k APIKey) (Row, error) {
	return newRow(RowAPIKeys, k.ID, apiKeyData{
		k.ID, k.Kind, k.Tenant, k.Name, k.Scopes, filled(k.Proof),
		rowTime(k.CreatedAt), rowTime(k.ExpiresAt), rowTime(k.UsedAt), rowTime(k.RevokedAt),
	})
}

// APIKey reads the row of an API key.
func (r Row) APIKey() (APIKey, error) {
	d, err := readRow[apiKeyData](r, RowAPIKeys)
	return APIKey{
		ID: d.ID, Kind: d.Kind, Tenant: d.Tenant, Name: d.Name, Scopes: d.Scopes, Proof: d.Proof,
		CreatedAt: timeOf(d.Created), ExpiresAt: timeOf(d.Expires), UsedAt: timeOf(d.Used), RevokedAt: timeOf(d.Revoked),
	}, err
}

type keyData struct {
	ID        string `json:"id"`
	Algorithm string `json:"algorithm"`
	Sealed    []byte `json:"sealed"`
	Created   int64  `json:"created"`
	SignsFrom int64  `json:"signsFrom"`
}

// KeyRow makes the row of a signing key.
func KeyRow(k KeyRecord) (Row, error) {
	return newRow(RowKeys, k.ID, keyData{k.ID, k.Algorithm, filled(k.Sealed), rowTime(k.CreatedAt), rowTime(k.SignsFrom)})
}

// SigningKey reads the row of a signing key.
func (r Row) SigningKey() (KeyRecord, error) {
	d, err := readRow[keyData](r, RowKeys)
	return KeyRecord{ID: d.ID, Algorithm: d.Algorithm, Sealed: d.Sealed, CreatedAt: timeOf(d.Created), SignsFrom: timeOf(d.SignsFrom)}, err
}

type settingData struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

// SettingRow makes the row of the digest of a setting.
func SettingRow(name, digest string) (Row, error) {
	return newRow(RowSettings, name, settingData{name, digest})
}

// Setting reads the row of the digest of a setting.
func (r Row) Setting() (name, digest string, err error) {
	d, err := readRow[settingData](r, RowSettings)
	return d.Name, d.Digest, err
}

// filled is bytes in the one spelling that rows have for none.
func filled(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
