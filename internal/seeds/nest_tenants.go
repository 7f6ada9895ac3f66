package seeds

import (
	"context"
	"iter"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/latchkey/latchkey/internal/auth"
)

// Tenants reads the registry. What follows an error is nothing.
func (n *Nest) Tenants(ctx context.Context) iter.Seq2[Row[auth.NewTenantInput], error] {
	return func(yield func(Row[auth.NewTenantInput], error) bool) {
		for raw, err := range n.read(ctx, n.registry, "tenants", "name", "displayName", "contactEmail", "status", "deleted") {
			if err != nil {
				yield(Row[auth.NewTenantInput]{}, err)
				return
			}
			if !yield(n.tenant(raw), nil) {
				return
			}
		}
	}
}

func (n *Nest) tenant(raw bson.Raw) Row[auth.NewTenantInput] {
	r := Row[auth.NewTenantInput]{Origin: Origin{"tenants", idOf(raw)}}
	d := document[auth.NewTenantInput]{raw, &r}
	r.Deleted = d.truth("deleted")
	r.Value = auth.NewTenantInput{
		Name: d.text("name"), DisplayName: d.text("displayName"), ContactEmail: d.text("contactEmail"),
		Status: auth.TenantStatus(d.text("status")),
	}
	if r.Value.Status == "" {
		r.Value.Status = auth.TenantPending // the seed's own default
	}
	if r.Value.Name == "" {
		if len(r.Wrong) == 0 {
			r.wrong("name", "is required")
		}
	} else if !namesDatabase(n.Database(r.Value.Name)) {
		r.wrong("name", "is part of no name that a database can have")
	}
	return r
}

// namesDatabase reports whether MongoDB takes the name of a database.
func namesDatabase(name string) bool {
	return len(name) < 64 && !strings.ContainsAny(name, "/\\. \"$*<>:|?\x00")
}
