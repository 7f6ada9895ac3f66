package auth

import (
	"cmp"
	"slices"
)

type spaceData struct {
	Directory string `json:"directory"`
	Tenant    string `json:"tenant"`
	ID        string `json:"id"`
	Slug      string `json:"slug"`
	Name      string `json:"name"`
	Created   int64  `json:"created"`
}

// SpaceRow makes the row of a space.
func SpaceRow(s Space) (Row, error) {
	return newRow(RowSpaces, RowKey(s.Directory, s.Tenant, s.ID), spaceData{s.Directory, s.Tenant, s.ID, s.Slug, s.Name, rowTime(s.CreatedAt)})
}

// Space reads the row of a space.
func (r Row) Space() (Space, error) {
	d, err := readRow[spaceData](r, RowSpaces)
	return Space{ID: d.ID, Directory: d.Directory, Tenant: d.Tenant, Slug: d.Slug, Name: d.Name, CreatedAt: timeOf(d.Created)}, err
}

type roleData struct {
	Directory   string   `json:"directory"`
	Tenant      string   `json:"tenant"`
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Permissions []string `json:"permissions,omitempty"`
	Created     int64    `json:"created"`
	Updated     int64    `json:"updated"`
}

// RoleRow makes the row of a role.
func RoleRow(v Role) (Row, error) {
	return newRow(RowRoles, RowKey(v.Directory, v.Tenant, v.Name), roleData{
		v.Directory, v.Tenant, v.Name, v.Description, v.Permissions, rowTime(v.CreatedAt), rowTime(v.UpdatedAt),
	})
}

// Role reads the row of a role.
func (r Row) Role() (Role, error) {
	d, err := readRow[roleData](r, RowRoles)
	return Role{
		Directory: d.Directory, Tenant: d.Tenant, Name: d.Name, Description: d.Description, Permissions: d.Permissions,
		CreatedAt: timeOf(d.Created), UpdatedAt: timeOf(d.Updated),
	}, err
}

// Dossier is all that a store holds of one account.
type Dossier struct {
	User     User // with the hash
	Seats    []Seat
	Sessions []Session // also those that ended
	Devices  []Device
}

// dossierData is an account in a row. Directory and user stand in it once.
type dossierData struct {
	Directory    string        `json:"directory"`
	ID           string        `json:"id"`
	Name         string        `json:"name,omitempty"`
	Nickname     string        `json:"nickname,omitempty"`
	Email        string        `json:"email"`
	Username     string        `json:"username,omitempty"`
	Mobile       string        `json:"mobile,omitempty"`
	PasswordHash string        `json:"passwordHash,omitempty"`
	Status       UserStatus    `json:"status"`
	LockedUntil  int64         `json:"lockedUntil,omitempty"`
	Epoch        int64         `json:"epoch,omitempty"`
	Created      int64         `json:"created"`
	Updated      int64         `json:"updated"`
	LastLogin    int64         `json:"lastLogin,omitempty"`
	Verified     int64         `json:"verified,omitempty"`
	Seats        []seatData    `json:"seats,omitempty"`    // by tenant, then space
	Sessions     []sessionData `json:"sessions,omitempty"` // by id
	Devices      []deviceData  `json:"devices,omitempty"`  // by id
}

type seatData struct {
	Tenant string `json:"tenant"`
	Space  string `json:"space"`
	Role   string `json:"role"`
	Main   bool   `json:"main,omitempty"`
}

type sessionData struct {
	ID         string    `json:"id"`
	Tenant     string    `json:"tenant"`
	Space      string    `json:"space"`
	Device     string    `json:"device,omitempty"`
	Known      bool      `json:"known,omitempty"`
	Coded      bool      `json:"coded,omitempty"`
	DeviceName string    `json:"deviceName,omitempty"`
	IP         string    `json:"ip,omitempty"`
	Agent      string    `json:"agent,omitempty"`
	Counter    int64     `json:"counter,omitempty"`
	Created    int64     `json:"created"`
	Rotated    int64     `json:"rotated"`
	LastSeen   int64     `json:"lastSeen"`
	IdleUntil  int64     `json:"idleUntil"`
	Expires    int64     `json:"expires"`
	Ended      int64     `json:"ended,omitempty"`
	EndReason  EndReason `json:"endReason,omitempty"`
}

type deviceData struct {
	ID         string `json:"id"`
	Generation int64  `json:"generation,omitempty"`
	Seen       int64  `json:"seen"`
}

// AccountRow makes the row of an account, whatever the order of what is in it.
func AccountRow(a Dossier) (Row, error) {
	u := a.User
	d := dossierData{
		Directory: u.Directory, ID: u.ID, Name: u.Name, Nickname: u.Nickname, Email: u.Email, Username: u.Username, Mobile: u.Mobile,
		PasswordHash: u.PasswordHash.Reveal(), Status: u.Status, LockedUntil: rowTime(u.LockedUntil), Epoch: u.Epoch,
		Created: rowTime(u.CreatedAt), Updated: rowTime(u.UpdatedAt), LastLogin: rowTime(u.LastLoginAt), Verified: rowTime(u.VerifiedAt),
	}
	for _, s := range a.Seats {
		d.Seats = append(d.Seats, seatData{s.Tenant, s.Space, s.Role, s.Main})
	}
	for _, v := range a.Sessions {
		d.Sessions = append(d.Sessions, sessionData{
			v.ID, v.Tenant, v.Space, v.Device, v.Known, v.Coded, v.DeviceName, v.IP, v.Agent, v.Counter, rowTime(v.CreatedAt), rowTime(v.RotatedAt),
			rowTime(v.LastSeen), rowTime(v.IdleUntil), rowTime(v.ExpiresAt), rowTime(v.EndedAt), v.EndReason,
		})
	}
	for _, v := range a.Devices {
		d.Devices = append(d.Devices, deviceData{v.ID, v.Generation, rowTime(v.SeenAt)})
	}
	slices.SortFunc(d.Seats, func(a, b seatData) int { return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Space, b.Space)) })
	slices.SortFunc(d.Sessions, func(a, b sessionData) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Devices, func(a, b deviceData) int { return cmp.Compare(a.ID, b.ID) })
	return newRow(RowAccounts, RowKey(u.Directory, u.ID), d)
}

// Account reads the row of an account. Seats have no permissions.
func (r Row) Account() (Dossier, error) {
	d, err := readRow[dossierData](r, RowAccounts)
	if err != nil {
		return Dossier{}, err
	}
	a := Dossier{User: User{
		ID: d.ID, Directory: d.Directory, Name: d.Name, Nickname: d.Nickname, Email: d.Email, Username: d.Username, Mobile: d.Mobile,
		PasswordHash: Secret(d.PasswordHash), Status: d.Status, LockedUntil: timeOf(d.LockedUntil), Epoch: d.Epoch,
		CreatedAt: timeOf(d.Created), UpdatedAt: timeOf(d.Updated), LastLoginAt: timeOf(d.LastLogin), VerifiedAt: timeOf(d.Verified),
	}}
	for _, s := range d.Seats {
		a.Seats = append(a.Seats, Seat{Tenant: s.Tenant, Space: s.Space, Role: s.Role, Main: s.Main})
	}
	for _, v := range d.Sessions {
		a.Sessions = append(a.Sessions, Session{
			ID: v.ID, Directory: d.Directory, User: d.ID, Tenant: v.Tenant, Space: v.Space, Device: v.Device, Known: v.Known, Coded: v.Coded,
			DeviceName: v.DeviceName, IP: v.IP, Agent: v.Agent, Counter: v.Counter, CreatedAt: timeOf(v.Created), RotatedAt: timeOf(v.Rotated),
			LastSeen: timeOf(v.LastSeen), IdleUntil: timeOf(v.IdleUntil), ExpiresAt: timeOf(v.Expires), EndedAt: timeOf(v.Ended), EndReason: v.EndReason,
		})
	}
	for _, v := range d.Devices {
		a.Devices = append(a.Devices, Device{Directory: d.Directory, User: d.ID, ID: v.ID, Generation: v.Generation, SeenAt: timeOf(v.Seen)})
	}
	return a, nil
}
