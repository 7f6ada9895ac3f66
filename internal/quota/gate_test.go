package quota_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/quota"
)

// limits have three of everything, an hour each.
func limits() *quota.Limits {
	of := func(name string, burst int) limit.Rate {
		return limit.Rate{Name: name, Events: 1, Per: time.Hour, Burst: burst}
	}
	return &quota.Limits{Address: of("address", 3), Account: of("account", 3), Tenant: of("tenant", 8)}
}

// newGate is one by a clock that stands still; of the tokens only "known" is of a
// device that has logged in before, and only to ann's account.
func newGate() quota.Gate {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	return quota.Gate{
		Limiter: limit.New(limit.Config{Now: func() time.Time { return now }}),
		Recognises: func(_ context.Context, _ auth.Caller, name string, tokens ...auth.Secret) bool {
			return name == "ann@example.com" && slices.Contains(tokens, "known")
		},
	}
}

func in(tenant, directory string) auth.Caller {
	return auth.Caller{Tenant: auth.Tenant{ID: tenant, Directory: directory}}
}

// charge charges a request and tells who refused it: "" for nobody.
func charge(t testing.TB, g quota.Gate, l *quota.Limits, who auth.Caller, subject string, input any) string {
	t.Helper()
	v, by, err := g.Caller(t.Context(), l, who, subject, input)
	if err != nil || v.OK != (by == "") {
		t.Fatalf("got %+v by %q, %v", v, by, err)
	}
	return by
}

// TestWhatCountsAsOneAddress: an IPv4 address in either of its forms, the /64 of
// an IPv6 address, and all that are not known.
func TestWhatCountsAsOneAddress(t *testing.T) {
	groups := [][]netip.Addr{
		{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("::ffff:203.0.113.7")},
		{netip.MustParseAddr("203.0.113.8")},
		{netip.MustParseAddr("2001:db8:1:2::1"), netip.MustParseAddr("2001:db8:1:2:ffff::1"), netip.MustParseAddr("2001:db8:1:2::1%eth0")},
		{netip.MustParseAddr("2001:db8:1:3::1")},
		{netip.Addr{}, netip.Addr{}},
	}
	seen := map[string]int{}
	for i, group := range groups {
		for _, a := range group {
			key := quota.AddressKey(a)
			if j, taken := seen[key]; taken && j != i {
				t.Errorf("%s counts as one of %s", a, groups[j])
			}
			seen[key] = i
		}
		if key := quota.AddressKey(group[0]); slices.ContainsFunc(group, func(a netip.Addr) bool { return quota.AddressKey(a) != key }) {
			t.Errorf("%s do not count as one", group)
		}
	}
}

// TestAddress is charged for itself alone, and not at all where there is no
// limit.
func TestAddress(t *testing.T) {
	g, l := newGate(), limits()
	one, another := netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("203.0.113.8")
	for n := range 4 {
		if v, err := g.Address(t.Context(), l, one); err != nil || v.OK != (n < 3) {
			t.Errorf("request %d: got %+v, %v", n+1, v, err)
		}
	}
	if v, err := g.Address(t.Context(), l, another); err != nil || !v.OK {
		t.Errorf("another: got %+v, %v", v, err)
	}
	for name, unlimited := range map[string]func() (limit.Verdict, error){
		"no limiter": func() (limit.Verdict, error) { return quota.Gate{}.Address(t.Context(), l, one) },
		"no limits":  func() (limit.Verdict, error) { return g.Address(t.Context(), nil, one) },
		"no rate":    func() (limit.Verdict, error) { return g.Address(t.Context(), &quota.Limits{}, one) },
	} {
		for range 10 {
			if v, err := unlimited(); err != nil || !v.OK {
				t.Errorf("%s: got %+v, %v", name, v, err)
			}
		}
	}
}

// TestAccount is one by whichever name it is spelled, in all tenants of its
// directory.
func TestAccount(t *testing.T) {
	g, l := newGate(), limits()
	for _, spelled := range []string{"ann@example.com", "Ann@Example.COM", "ANN@example.com"} {
		if by := charge(t, g, l, in("one", "d"), spelled, nil); by != "" {
			t.Errorf("%s: refused by %s", spelled, by)
		}
	}
	for _, tenant := range []string{"one", "two"} {
		if by := charge(t, g, l, in(tenant, "d"), "ann@example.com", nil); by != "account" {
			t.Errorf("in %s: got %q, want it refused by the account", tenant, by)
		}
	}
	for name, who := range map[string]auth.Caller{"ann@example.com": in("one", "elsewhere"), "ben@example.com": in("one", "d")} {
		if by := charge(t, g, l, who, name, nil); by != "" {
			t.Errorf("%s in %s: refused by %s", name, who.Tenant.Directory, by)
		}
	}
}

// TestBothOrNeither: a tenant that is busy uses up nobody's attempts, and an
// account that has used up its own takes nothing from the tenant.
func TestBothOrNeither(t *testing.T) {
	g, l := newGate(), limits()
	for range 8 {
		charge(t, g, l, in("busy", "d"), "", nil)
	}
	for range 10 {
		if by := charge(t, g, l, in("busy", "d"), "ann@example.com", nil); by != "tenant" {
			t.Errorf("got %q, want it refused by the tenant", by)
		}
	}
	for range 3 {
		if by := charge(t, g, l, in("quiet", "d"), "ann@example.com", nil); by != "" {
			t.Errorf("refused by %s, for what was refused before", by)
		}
	}
	for range 10 {
		charge(t, g, l, in("quiet", "d"), "ann@example.com", nil)
	}
	for range 5 {
		if by := charge(t, g, l, in("quiet", "d"), "", nil); by != "" {
			t.Errorf("refused by %s, for what was refused before", by)
		}
	}
}

// TestAKnownDeviceHasItsOwn attempts, by the token in the input or in the
// request: of no other account, and not without end.
func TestAKnownDeviceHasItsOwn(t *testing.T) {
	for name, ask := range map[string]func(name string) (auth.Caller, auth.SignInInput){
		"in the input": func(name string) (auth.Caller, auth.SignInInput) {
			return in("one", "d"), auth.SignInInput{Email: name, DeviceToken: "known"}
		},
		"in the request": func(name string) (auth.Caller, auth.SignInInput) {
			by := in("one", "d")
			by.Device = "known"
			return by, auth.SignInInput{Email: name}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g, l := newGate(), limits()
			for _, account := range []string{"ann@example.com", "ben@example.com"} {
				for range 3 {
					charge(t, g, l, in("", "d"), account, auth.SignInInput{Email: account})
				}
			}
			for n := range 4 {
				by, input := ask("ann@example.com")
				if refused := charge(t, g, l, by, "ann@example.com", input); (refused == "") != (n < 3) {
					t.Errorf("request %d of the owner: refused by %q", n+1, refused)
				}
			}
			by, input := ask("ben@example.com")
			if refused := charge(t, g, l, by, "ben@example.com", input); refused != "account" {
				t.Errorf("got %q with a device of another account", refused)
			}
		})
	}
}

// TestNobodyIsCharged where there is no limiter, no limit, or nobody to charge.
func TestNobodyIsCharged(t *testing.T) {
	g, l := newGate(), limits()
	for range 10 {
		for name, by := range map[string]string{
			"no limiter": charge(t, quota.Gate{}, l, in("one", "d"), "ann", nil),
			"no limits":  charge(t, g, nil, in("one", "d"), "ann", nil),
			"no rates":   charge(t, g, &quota.Limits{}, in("one", "d"), "ann", auth.SignInInput{}),
			"nobody":     charge(t, g, l, auth.Caller{}, "", nil),
		} {
			if by != "" {
				t.Errorf("%s: refused by %s", name, by)
			}
		}
	}
}

// TestRefusal tells for how long to wait, rounded up: who waits so long is not
// refused again.
func TestRefusal(t *testing.T) {
	if err := quota.Refusal(limit.Verdict{OK: true, Retry: time.Hour}); err != nil {
		t.Errorf("got %v for who passed", err)
	}
	for wait, want := range map[time.Duration]int{0: 1, time.Nanosecond: 1, time.Second: 1, time.Second + 1: 2, 90 * time.Second: 90, -time.Second: 1} {
		var e *auth.Error
		if err := quota.Refusal(limit.Verdict{Retry: wait}); !errors.Is(err, auth.ErrRateLimited) || !errors.As(err, &e) || e.Meta.RetryAfter != want {
			t.Errorf("%v: got %v, %+v, want %d s", wait, err, e, want)
		}
	}
}

// TestAny reports whether there is a limit at all.
func TestAny(t *testing.T) {
	var none *quota.Limits
	for name, tt := range map[string]struct {
		l    *quota.Limits
		want bool
	}{
		"nil": {none, false}, "zero": {&quota.Limits{}, false}, "all": {limits(), true},
		"tenant": {&quota.Limits{Tenant: limits().Tenant}, true}, "account": {&quota.Limits{Account: limits().Account}, true}, "address": {&quota.Limits{Address: limits().Address}, true},
	} {
		if got := tt.l.Any(); got != tt.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}
