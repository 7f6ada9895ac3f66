package migrate

import (
	"strings"

	"github.com/google/go-cmp/cmp"
)

// dryRunWritesNothing: another one leaves Latchkey's databases as they are, and
// there is none for a tenant.
func (r *reader) dryRunWritesNothing() {
	r.t.Helper()
	before := r.seed.everything(r.seed.ours)
	r.run(r.imports)
	if diff := cmp.Diff(before, r.seed.everything(r.seed.ours)); diff != "" {
		r.t.Errorf("Latchkey's databases (-before +after a dry run):\n%s", diff)
	}
	if got := r.seed.databases(r.seed.ours + "_"); len(got) > 0 {
		r.t.Errorf("a dry run made %q", got)
	}
}

// importIsDone: who is here is what was there; once more nothing changes, and the
// seed has not changed at all.
func (r *reader) importIsDone() {
	r.t.Helper()
	for _, c := range []struct {
		tenant string
		want   []string // lines of the list
	}{
		{"darmist1", []string{"boss", "shut", "testuser", "twin"}},
		{"darmist2", []string{"testuser"}},
	} {
		list := r.latchkey("user", "list", "--tenant", c.tenant)
		if n := strings.Count(list, "@example.com"); n != len(c.want) {
			r.t.Errorf("%s has %d users, want %d:\n%s", c.tenant, n, len(c.want), list)
		}
		for _, name := range c.want {
			if !strings.Contains(list, name+"@example.com") {
				r.t.Errorf("%s has no %s:\n%s", c.tenant, name, list)
			}
		}
	}
	if got := r.seed.databases(r.seed.ours + "_"); len(got) != 2 {
		r.t.Errorf("the tenants' databases are %q, want one each", got)
	}
	if again := r.run(r.imports + " --apply"); !strings.Contains(again, "users: 5 read, 0 created, 0 joined, 5 unchanged") {
		r.t.Errorf("once more:\n%s", again)
	}
	r.seedIsUntouched()
}

func (r *reader) seedIsUntouched() {
	r.t.Helper()
	if diff := cmp.Diff(r.before, r.seed.everything(r.seed.prefix)); diff != "" {
		r.t.Errorf("the seed's databases (-before +after):\n%s", diff)
	}
}
