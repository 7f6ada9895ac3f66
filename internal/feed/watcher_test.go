package feed

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func watch(t *testing.T, h *Hub, who Watched) *Watcher {
	t.Helper()
	w, err := h.Watch(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var me = Watched{Session: "s", User: "u", Tenant: "acme", Space: "main", Role: "clerk"}

// changes are what news mean to me, and to nobody else.
var changes = map[string]struct {
	news auth.News
	want Change
}{
	"ended":        {auth.News{Event: auth.NewsSessionEnded, SessionID: "s", UserID: "u", Reason: "remote_logout"}, Change{true, "remote_logout"}},
	"moved":        {auth.News{Event: auth.NewsSessionMoved, SessionID: "s", UserID: "u", TenantID: "beta"}, Change{false, "tenant"}},
	"locked":       {auth.News{Event: auth.NewsUserLocked, UserID: "u"}, Change{true, "locked"}},
	"removed":      {auth.News{Event: auth.NewsUserRemoved, UserID: "u"}, Change{true, "removed"}},
	"changed":      {auth.News{Event: auth.NewsUserChanged, UserID: "u"}, Change{false, "account"}},
	"role":         {auth.News{Event: auth.NewsRoleChanged, TenantID: "acme", Role: "clerk"}, Change{false, "role"}},
	"tenant":       {auth.News{Event: auth.NewsTenantStatus, TenantID: "acme", Reason: string(auth.TenantInactive)}, Change{true, "tenant"}},
	"other role":   {auth.News{Event: auth.NewsRoleChanged, TenantID: "acme", Role: "admin"}, Change{}},
	"opened":       {auth.News{Event: auth.NewsTenantStatus, TenantID: "acme", Reason: string(auth.TenantActive)}, Change{}},
	"my other one": {auth.News{Event: auth.NewsSessionEnded, SessionID: "t", UserID: "u"}, Change{}},
	"a key":        {auth.News{Event: auth.NewsKeyRevoked, KeyID: "s"}, Change{}},
}

func TestWhatASessionHears(t *testing.T) {
	for name, c := range changes {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
				mine := watch(t, h, me)
				other := watch(t, h, Watched{Session: "t2", User: "v", Tenant: "beta", Space: "main", Role: "clerk"})
				b.announce(c.news, 0)
				time.Sleep(every)
				synctest.Wait()
				got, _ := mine.Take()
				if got != c.want || len(mine.Wake()) != map[bool]int{true: 1}[c.want != Change{}] {
					t.Errorf("got %+v, woken %d, want %+v", got, len(mine.Wake()), c.want)
				}
				if got, ok := other.Take(); ok || len(other.Wake()) > 0 {
					t.Errorf("somebody else was told %+v", got)
				}
				mine.Close()
				other.Close()
			})
		})
	}
}

// TestTheEndStays: whatever comes after it, and however often it is looked at.
func TestTheEndStays(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		w := watch(t, h, me)
		b.announce(changes["changed"].news, 0)
		b.announce(changes["ended"].news, 0)
		b.announce(changes["locked"].news, 0)
		time.Sleep(every)
		synctest.Wait()
		for range 2 {
			if got, ok := w.Take(); got != changes["ended"].want || !ok {
				t.Errorf("got %+v", got)
			}
		}
		w.Close()
	})
}

// TestARoleIsFollowed: that of a seat that changed, and of another tenant.
func TestARoleIsFollowed(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		w := watch(t, h, me)
		hears := func(n auth.News, want Change) {
			t.Helper()
			b.announce(n, 0)
			time.Sleep(every)
			synctest.Wait()
			if got, _ := w.Take(); got != want {
				t.Errorf("%s of %s: got %+v, want %+v", n.Event, n.Role, got, want)
			}
			w.change = Change{}
		}
		role := func(tenant, role string) auth.News {
			return auth.News{Event: auth.NewsRoleChanged, TenantID: tenant, Role: role}
		}
		hears(auth.News{Event: auth.NewsUserChanged, UserID: "u", Seats: []auth.NewsSeat{
			{TenantID: "beta", SpaceID: "main", Role: "guest"}, {TenantID: "acme", SpaceID: "side", Role: "guest"},
			{TenantID: "acme", SpaceID: "main", Role: "admin"},
		}}, Change{Reason: "account"})
		hears(role("acme", "clerk"), Change{})
		hears(role("acme", "admin"), Change{Reason: "role"})
		hears(changes["moved"].news, Change{Reason: "tenant"})
		hears(role("acme", "admin"), Change{})
		hears(role("beta", "guest"), Change{Reason: "role"}) // not known which it has there
		w.Close()
		if n := len(w.window.watchers.bySession) + len(w.window.watchers.byUser) + len(w.window.watchers.byTenant); n > 0 {
			t.Errorf("%d places remember it", n)
		}
	})
}

// TestAnEndAMomentAgoIsHeard: it was read here, and the session may still be held
// as living by whoever looks again.
func TestAnEndAMomentAgoIsHeard(t *testing.T) {
	for name, c := range changes {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
				keep := listen(t, h, Audience{}, "")
				b.announce(c.news, 0)
				time.Sleep(time.Second)
				want := c.want
				if !want.Ended {
					want = Change{} // its tokens are newer
				}
				w := watch(t, h, me)
				if got, _ := w.Take(); got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
				w.Close()
				time.Sleep(2 * recentFor)
				w = watch(t, h, me)
				if got, ok := w.Take(); ok {
					t.Errorf("long after: got %+v", got)
				}
				w.Close()
				keep.Close()
			})
		})
	}
}

// TestAUserWhoWasLetInAgain is not sent away for what was before.
func TestAUserWhoWasLetInAgain(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		b.announce(changes["locked"].news, 0)
		b.announce(changes["tenant"].news, 0)
		time.Sleep(time.Second)
		b.announce(changes["changed"].news, 0)
		b.announce(changes["opened"].news, 0)
		w := watch(t, h, me)
		if got, ok := w.Take(); ok {
			t.Errorf("got %+v", got)
		}
		w.Close()
	})
}

// TestARoleThatHasJustChangedIsKnown, though whoever watches saw the old one.
func TestARoleThatHasJustChangedIsKnown(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		b.announce(auth.News{Event: auth.NewsUserChanged, UserID: "u", Seats: []auth.NewsSeat{{TenantID: "acme", SpaceID: "main", Role: "admin"}}}, 0)
		w := watch(t, h, me)
		b.announce(auth.News{Event: auth.NewsRoleChanged, TenantID: "acme", Role: "admin"}, 0)
		soon()
		if got, _ := w.Take(); got != (Change{Reason: "role"}) {
			t.Errorf("got %+v", got)
		}
		w.Close()
	})
}
