package mongo

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

const scopes = "scopes"

// scopeDoc is what a tenant has in a directory beside its people.
type scopeDoc struct {
	ID      string `bson:"_id"` // directory tenant
	Rev     string
	Spaces  []spaceDoc         `bson:"spaces,omitempty"`
	Roles   map[string]roleDoc `bson:"roles,omitempty"`  // by name
	Claims  map[string]claim   `bson:"claims,omitempty"` // by the mark of the operation
	Parcels []parcel           `bson:"parcels,omitempty"`
}

func (c *scopeDoc) carries() (id, rev string, parcels []parcel, gone bool) {
	return c.ID, c.Rev, c.Parcels, false
}

// spaceDoc is an [auth.Space] with names for its fields.
type spaceDoc struct {
	ID        string    `bson:"id"`
	Directory string    `bson:"directory"`
	Tenant    string    `bson:"tenant"`
	Slug      string    `bson:"slug"`
	Name      string    `bson:"name"`
	CreatedAt time.Time `bson:"createdAt"`
}

// roleDoc is an [auth.Role] with names for its fields.
type roleDoc struct {
	Directory   string    `bson:"directory"`
	Tenant      string    `bson:"tenant"`
	Name        string    `bson:"name"`
	Description string    `bson:"description,omitempty"`
	Permissions []string  `bson:"permissions,omitempty"`
	CreatedAt   time.Time `bson:"createdAt"`
	UpdatedAt   time.Time `bson:"updatedAt"`
}

func scopeID(directory, tenant string) string { return key(directory, tenant) }

// scope reads a scope; one that is not there is empty.
func (s *Store) scope(ctx context.Context, directory, tenant string) (*scopeDoc, error) {
	c, err := one[scopeDoc](ctx, s, scopes, byID(scopeID(directory, tenant)))
	c.ID = scopeID(directory, tenant)
	return &c, ignoreAbsent(err)
}

// changeScope reads a scope, lets edit change it, and writes it back with the
// note, unless somebody else was faster: then again.
func (s *Store) changeScope(ctx context.Context, directory, tenant string, n auth.Note, edit func(*scopeDoc) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	return s.retry(ctx, scopes+scopeID(directory, tenant), func() (bool, error) {
		c, err := s.scope(ctx, directory, tenant)
		if err != nil {
			return false, err
		}
		if err := s.settle(ctx, c); err != nil {
			return false, err
		}
		if err := edit(c); err != nil {
			return false, err
		}
		old := c.Rev
		c.Rev, c.Parcels = newRev(), s.pack(n).list()
		done, err := s.put(ctx, scopes, c.ID, old, c.Rev, c)
		if err != nil || !done {
			return false, err
		}
		return true, s.deliver(ctx, scopes, c)
	})
}

// Space implements [auth.SpaceRecords].
func (s *Store) Space(ctx context.Context, directory, tenant, name string) (auth.Space, error) {
	all, err := s.Spaces(ctx, directory, tenant)
	if err != nil {
		return auth.Space{}, err
	}
	for _, is := range []func(auth.Space) bool{
		func(sp auth.Space) bool { return sp.ID == name }, func(sp auth.Space) bool { return sp.Slug == name },
	} {
		if i := slices.IndexFunc(all, is); i >= 0 {
			return all[i], nil
		}
	}
	return auth.Space{}, auth.ErrNoRecord
}

// Spaces implements [auth.SpaceRecords].
func (s *Store) Spaces(ctx context.Context, directory, tenant string) ([]auth.Space, error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("Spaces", err)
	}
	c, err := s.scope(ctx, directory, tenant)
	if err != nil {
		return nil, s.fail("Spaces", err)
	}
	var out []auth.Space
	for _, sp := range c.Spaces {
		out = append(out, auth.Space(sp))
	}
	slices.SortFunc(out, func(a, b auth.Space) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// CreateSpace implements [auth.SpaceRecords].
func (s *Store) CreateSpace(ctx context.Context, sp auth.Space, n auth.Note) error {
	return s.fail("CreateSpace", s.changeScope(ctx, sp.Directory, sp.Tenant, n, func(c *scopeDoc) error {
		if slices.ContainsFunc(c.Spaces, func(other spaceDoc) bool { return other.Slug == sp.Slug || other.ID == sp.ID }) {
			return auth.ErrTaken
		}
		sp.CreatedAt = stamp(sp.CreatedAt)
		c.Spaces = append(c.Spaces, spaceDoc(sp))
		return nil
	}))
}

// Roles implements [auth.RoleRecords].
func (s *Store) Roles(ctx context.Context, directory, tenant string) ([]auth.Role, error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("Roles", err)
	}
	c, err := s.scope(ctx, directory, tenant)
	if err != nil {
		return nil, s.fail("Roles", err)
	}
	var out []auth.Role
	for _, name := range slices.Sorted(maps.Keys(c.Roles)) {
		out = append(out, auth.Role(c.Roles[name]))
	}
	return out, nil
}

func (c *scopeDoc) setRole(r auth.Role) {
	if c.Roles == nil {
		c.Roles = map[string]roleDoc{}
	}
	r.Permissions = slices.Clone(r.Permissions)
	r.CreatedAt, r.UpdatedAt = stamp(r.CreatedAt), stamp(r.UpdatedAt)
	c.Roles[r.Name] = roleDoc(r)
}

// CreateRole implements [auth.RoleRecords].
func (s *Store) CreateRole(ctx context.Context, r auth.Role, n auth.Note) error {
	return s.fail("CreateRole", s.changeScope(ctx, r.Directory, r.Tenant, n, func(c *scopeDoc) error {
		if _, ok := c.Roles[r.Name]; ok {
			return auth.ErrTaken
		}
		c.setRole(r)
		return nil
	}))
}

// UpdateRole implements [auth.RoleRecords].
func (s *Store) UpdateRole(ctx context.Context, directory, tenant, name string, change func(*auth.Role) error, n auth.Note) (auth.Role, error) {
	var next auth.Role
	err := s.changeScope(ctx, directory, tenant, n, func(c *scopeDoc) error {
		old, ok := c.Roles[name]
		if !ok {
			return auth.ErrNoRecord
		}
		edited := auth.Role(old)
		edited.Permissions = slices.Clone(old.Permissions)
		if err := change(&edited); err != nil {
			return own(err)
		}
		next = auth.Role(old)
		next.Permissions, next.Description, next.UpdatedAt = edited.Permissions, edited.Description, edited.UpdatedAt
		c.setRole(next)
		next = auth.Role(c.Roles[name])
		next.Permissions = slices.Clone(next.Permissions)
		return nil
	})
	if err != nil {
		return auth.Role{}, s.fail("UpdateRole", err)
	}
	return next, nil
}

// DeleteRole implements [auth.RoleRecords]. An operation that is about to give
// the role away has a claim on it: see claim.go.
func (s *Store) DeleteRole(ctx context.Context, directory, tenant, name string, n auth.Note) error {
	return s.fail("DeleteRole", s.changeScope(ctx, directory, tenant, n, func(c *scopeDoc) error {
		if _, ok := c.Roles[name]; !ok {
			return auth.ErrNoRecord
		}
		for op, other := range c.Claims {
			if slices.Contains(other.Roles, name) {
				if _, err := s.fence(ctx, other.Account); err != nil {
					return err
				}
				delete(c.Claims, op)
			}
		}
		_, err := one[load](ctx, s, accounts, bson.D{{Key: "directory", Value: directory}, {Key: "places", Value: key(tenant, name)}},
			options.FindOne().SetProjection(bson.D{{Key: "rev", Value: 1}}))
		if err == nil {
			return auth.ErrInUse
		}
		delete(c.Roles, name)
		return ignoreAbsent(err)
	}))
}

// permissions returns what the roles of accounts allow.
func (s *Store) permissions(ctx context.Context, directory string, list ...*accountDoc) (func(auth.Seat) []string, error) {
	var ids bson.A
	for _, a := range list {
		for _, seat := range a.Seats {
			if id := scopeID(directory, seat.Tenant); !auth.BuiltIn(seat.Role) && !slices.Contains(ids, any(id)) {
				ids = append(ids, id)
			}
		}
	}
	found := map[string]scopeDoc{}
	if len(ids) > 0 {
		docs, err := all[scopeDoc](ctx, s, scopes, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}},
			options.Find().SetProjection(bson.D{{Key: "roles", Value: 1}}))
		if err != nil {
			return nil, err
		}
		for _, c := range docs {
			found[c.ID] = c
		}
	}
	return func(seat auth.Seat) []string {
		return slices.Clone(found[scopeID(directory, seat.Tenant)].Roles[seat.Role].Permissions)
	}, nil
}
