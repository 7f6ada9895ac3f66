package seeds

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	usersQuery = `
SELECT seq::bigint, id::text, coalesce(name, ''), coalesce(email, ''), coalesce(phone, ''), coalesce(password, ''), created_at, removed_at IS NOT NULL
FROM users WHERE seq > $1 ORDER BY seq LIMIT $2`
	profilesQuery = `
SELECT user_id::text, id::text, coalesce(name, ''), coalesce(nickname, ''), removed_at IS NOT NULL
FROM profiles WHERE user_id::text = ANY($1) ORDER BY seq`
	seatsQuery = `
SELECT t.user_id::text, t.id::text, t.main, t.removed_at IS NOT NULL, coalesce(s.id::text, ''), s.id IS NULL OR s.removed_at IS NOT NULL,
	coalesce(r.name::text, ''), r.removed_at IS NOT NULL
FROM tenants t LEFT JOIN spaces s ON s.id = t.space_id LEFT JOIN roles r ON r.id = t.role_id
WHERE t.user_id::text = ANY($1) ORDER BY t.main DESC, t.seq`
)

type userRow struct {
	Seq                              int64
	ID, Name, Email, Phone, Password string
	Created                          time.Time
	Removed                          bool
}

type profileRow struct {
	User, ID, Name, Nickname string
	Removed                  bool
}

type seatRow struct {
	User, ID    string
	Main        bool
	Removed     bool
	Space       string
	SpaceGone   bool
	Role        string
	RoleRemoved bool
}

// Users reads the users, each with a profile and the memberships, which the seed
// calls tenants. Their spaces are named as in [Prisma.Spaces]. What follows an
// error is nothing.
func (p *Prisma) Users(ctx context.Context) iter.Seq2[Row[auth.ImportedAccount], error] {
	return paged(func(after int64) ([]userRow, error) {
		found, err := rows[userRow](ctx, p, usersQuery, after, batch)
		if err != nil {
			return nil, fmt.Errorf("read users: %w", err)
		}
		return found, nil
	}, func(u userRow) int64 { return u.Seq }, func(all []userRow) ([]Row[auth.ImportedAccount], error) {
		return p.withRest(ctx, all)
	})
}

// withRest reads what belongs to users and puts it together.
func (p *Prisma) withRest(ctx context.Context, all []userRow) ([]Row[auth.ImportedAccount], error) {
	ids := make([]string, 0, len(all))
	for _, u := range all {
		ids = append(ids, u.ID)
	}
	profiles, err := rows[profileRow](ctx, p, profilesQuery, ids)
	if err != nil {
		return nil, fmt.Errorf("read profiles: %w", err)
	}
	seats, err := rows[seatRow](ctx, p, seatsQuery, ids)
	if err != nil {
		return nil, fmt.Errorf("read tenants: %w", err)
	}
	profilesOf, seatsOf := map[string][]profileRow{}, map[string][]seatRow{}
	for _, one := range profiles {
		profilesOf[one.User] = append(profilesOf[one.User], one)
	}
	for _, one := range seats {
		seatsOf[one.User] = append(seatsOf[one.User], one)
	}
	var out []Row[auth.ImportedAccount]
	for _, u := range all {
		out = append(out, prismaUser(u, profilesOf[u.ID], seatsOf[u.ID]))
	}
	return out, nil
}

func prismaUser(u userRow, profiles []profileRow, seats []seatRow) Row[auth.ImportedAccount] {
	r := Row[auth.ImportedAccount]{Origin: Origin{"users", u.ID}, Deleted: u.Removed}
	if u.Removed {
		return r
	}
	r.Value = auth.ImportedAccount{ID: u.ID, ImportedUser: auth.ImportedUser{
		Name: u.Name, Email: u.Email, Mobile: u.Phone, PasswordHash: auth.Secret(u.Password), CreatedAt: u.Created,
	}}
	if u.Password == "" {
		r.wrong("password", "is required")
	}
	addProfile(&r, profiles)
	addSeats(&r, seats)
	return r
}

// addProfile takes the first of a user's profiles. An account has one here.
func addProfile(r *Row[auth.ImportedAccount], all []profileRow) {
	found := false
	for _, one := range all {
		from := Origin{"profiles", one.ID}
		switch {
		case one.Removed:
			r.leave(from, "", "")
		case found:
			r.leave(from, "user_id", "has an older profile, and an account has one")
		default:
			found = true
			r.Value.Nickname = one.Nickname
			if r.Value.Name == "" {
				r.Value.Name = one.Name
			}
		}
	}
}
