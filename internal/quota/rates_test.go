package quota

import (
	"testing"

	"github.com/latchkey/latchkey/internal/limit"
)

// TestRatesCanBeCounted, and have names of their own: no two lines share what is
// used up.
func TestRatesCanBeCounted(t *testing.T) {
	names := map[string]bool{}
	for path, l := range Rates() {
		for _, r := range []limit.Rate{l.Address, l.Account, l.Tenant} {
			if r.Events == 0 {
				continue
			}
			if err := r.Check(); err != nil || names[r.Name] {
				t.Errorf("%s: %+v: %v, taken: %v", path, r, err, names[r.Name])
			}
			names[r.Name] = true
		}
	}
}

// TestNoAddressCanHoldAnAccountsOwnerOut: an account bears more passwords than
// one address may send.
func TestNoAddressCanHoldAnAccountsOwnerOut(t *testing.T) {
	l := Rates()["/auth/login"]
	if l.Account.Burst <= l.Address.Burst || l.Account.Events*int(l.Address.Per) <= l.Address.Events*int(l.Account.Per) {
		t.Errorf("an account bears %+v, an address may send %+v", l.Account, l.Address)
	}
}
