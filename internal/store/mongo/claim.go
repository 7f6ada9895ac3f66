package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

// A claim is put into a tenant's scope by an operation on an account that is
// about to do what has to agree with the tenant: give a role that the tenant made,
// or take an admin away. While it stands, nobody takes the role away, and nobody
// else takes an admin away. Who cannot wait ends the operation first, by giving
// its account another mark (see fence), and then takes the claim away. Claims that
// are left by a process that was killed are thereby nobody's.
type claim struct {
	Account string   // id of its document
	Roles   []string `bson:"roles,omitempty"`
	Guard   bool     `bson:"guard,omitempty"`
}

// claimAll makes the operation's claims, one for each tenant that it needs one
// of, and then sees whether the tenant named guard keeps an admin.
func (o *operation) claimAll(ctx context.Context, guard string) (bool, error) {
	wants := map[string]*claim{}
	want := func(tenant string) *claim {
		if wants[tenant] == nil {
			wants[tenant] = &claim{Account: o.next.ID}
		}
		return wants[tenant]
	}
	for _, s := range o.next.Seats {
		had := func(h seatDoc) bool { return h.Tenant == s.Tenant && h.Role == s.Role }
		if !auth.BuiltIn(s.Role) && !slices.ContainsFunc(o.old.Seats, had) {
			want(s.Tenant).Roles = append(want(s.Tenant).Roles, s.Role)
		}
	}
	for _, tenant := range o.old.runs() {
		if !slices.Contains(o.next.runs(), tenant) {
			want(tenant).Guard = true
		}
	}
	var order []string
	for tenant := range wants {
		order = append(order, tenant)
	}
	slices.Sort(order) // nobody waits for one who waits for him
	for _, tenant := range order {
		if err := o.claim(ctx, tenant, *wants[tenant]); err != nil {
			return false, err
		}
	}
	if guard == "" || wants[guard] == nil || !wants[guard].Guard {
		return true, nil
	}
	others, err := o.store.otherAdmin(ctx, o.next.Directory, guard, o.next.ID)
	if err == nil && !others {
		err = auth.ErrAdminless
	}
	return err == nil, err
}

// runs returns the tenants of which the account is an admin who may come in.
func (a *accountDoc) runs() []string {
	var out []string
	if u := a.user(); a.there() && u.Usable() {
		for _, s := range a.Seats {
			if s.Role == auth.RoleAdmin {
				out = append(out, s.Tenant)
			}
		}
	}
	return out
}

// otherAdmin tells whether a tenant has an admin beside the one of an account.
func (s *Store) otherAdmin(ctx context.Context, directory, tenant, but string) (bool, error) {
	_, err := one[load](ctx, s, accounts, bson.D{
		{Key: "directory", Value: directory}, {Key: "places", Value: key(tenant, auth.RoleAdmin)},
		{Key: "user.status", Value: bson.D{{Key: "$in", Value: bson.A{auth.UserActive, auth.UserLocked}}}},
		{Key: "_id", Value: bson.D{{Key: "$ne", Value: but}}},
	}, options.FindOne().SetProjection(bson.D{{Key: "rev", Value: 1}}))
	if absent(err) {
		return false, nil
	}
	return err == nil, err
}

// claim puts a claim into a scope, as soon as no other one is in its way.
func (o *operation) claim(ctx context.Context, tenant string, c claim) error {
	s, id := o.store, scopeID(o.next.Directory, tenant)
	end := time.Now().Add(politeness)
	return s.retry(ctx, "", func() (bool, error) {
		scope, err := s.scope(ctx, o.next.Directory, tenant)
		if err != nil {
			return false, err
		}
		for _, role := range c.Roles {
			if _, ok := scope.Roles[role]; !ok {
				return false, auth.ErrNoRole
			}
		}
		for op, other := range scope.Claims {
			inTheWay := c.Guard && other.Guard
			if inTheWay && age(op) < politeness && time.Now().Before(end) {
				return false, nil
			}
			if !inTheWay && age(op) < time.Hour {
				continue
			}
			if _, err := s.fence(ctx, other.Account); err != nil {
				return false, err
			}
			delete(scope.Claims, op)
		}
		if scope.Claims == nil {
			scope.Claims = map[string]claim{}
		}
		scope.Claims[o.next.Rev] = c
		done, err := s.keepClaims(ctx, scope)
		if done {
			o.claimed = append(o.claimed, id)
		}
		return done, err
	})
}

// keepClaims writes the claims of a scope that was read.
func (s *Store) keepClaims(ctx context.Context, scope *scopeDoc) (bool, error) {
	old, rev := scope.Rev, newRev()
	if scope.Rev = rev; old == "" {
		return s.put(ctx, scopes, scope.ID, "", rev, scope)
	}
	return s.patch(ctx, scopes, scope.ID, old, rev, set(bson.D{{Key: "claims", Value: scope.Claims}}))
}

// releaseClaims takes the operation's claims away.
func (o *operation) releaseClaims(ctx context.Context) {
	for _, id := range o.claimed {
		_, err := o.store.update(ctx, scopes, byID(id), bson.D{
			{Key: "$unset", Value: bson.D{{Key: "claims." + o.next.Rev, Value: ""}}},
			{Key: "$set", Value: bson.D{{Key: "rev", Value: newRev()}}},
		})
		if err != nil {
			return
		}
	}
}
