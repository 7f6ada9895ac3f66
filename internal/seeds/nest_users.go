package seeds

import (
	"context"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/latchkey/latchkey/internal/auth"
)

// Users reads the users of a tenant of that name. What follows an error is
// nothing. Their sessions and what counted wrong passwords stay behind.
func (n *Nest) Users(ctx context.Context, tenant string) iter.Seq2[Row[auth.ImportedAccount], error] {
	return func(yield func(Row[auth.ImportedAccount], error) bool) {
		fields := []string{"name", "username", "email", "mobile", "password", "role", "status", "createdAt"}
		for raw, err := range n.read(ctx, n.Database(tenant), "users", fields...) {
			if err != nil {
				yield(Row[auth.ImportedAccount]{}, err)
				return
			}
			if !yield(nestUser(raw), nil) {
				return
			}
		}
	}
}

func nestUser(raw bson.Raw) Row[auth.ImportedAccount] {
	r := Row[auth.ImportedAccount]{Origin: Origin{"users", idOf(raw)}}
	d := document[auth.ImportedAccount]{raw, &r}
	r.Value.ImportedUser = auth.ImportedUser{
		Name: d.text("name"), Username: d.text("username"), Email: d.text("email"), Mobile: d.text("mobile"),
		PasswordHash: auth.Secret(d.text("password")), CreatedAt: d.date("createdAt"),
	}
	r.Value.Role = nestRole(d)
	r.Value.Locked = nestLocked(d)
	if r.Value.PasswordHash == "" && len(r.Wrong) == 0 {
		r.wrong("password", "is required")
	}
	return r
}

// nestRole is the role of a user; only those that the seed's guards know.
func nestRole(d document[auth.ImportedAccount]) string {
	switch role := d.text("role"); role {
	case "":
		return auth.RoleUser // the seed's own default
	case auth.RoleUser, auth.RoleManager, auth.RoleAdmin:
		return role
	}
	if v, _ := d.field("role"); v.Type == bson.TypeString {
		d.row.wrong("role", "must be user, manager or admin")
	}
	return ""
}

// nestLocked reads the status: 1 is active, 0 locked, whatever kind of number
// it is. One that is not there is active, as in the seed.
func nestLocked(d document[auth.ImportedAccount]) bool {
	v, there := d.field("status")
	if !there {
		return false
	}
	if n, ok := v.AsFloat64OK(); v.IsNumber() && ok && (n == 0 || n == 1) {
		return n == 0
	}
	d.row.wrong("status", "must be 1 (active) or 0 (locked)")
	return true
}
