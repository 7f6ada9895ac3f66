package feed

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// soon waits until what was announced has been read.
func soon() {
	time.Sleep(every)
	synctest.Wait()
}

// TestTenantsDoNotHearEachOther: neither lines, nor names, nor seats.
func TestTenantsDoNotHearEachOther(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		one, other, all := listen(t, h, Audience{Tenant: "acme"}, ""), listen(t, h, Audience{Tenant: "beta"}, ""), listen(t, h, Audience{}, "")
		seat := func(tenant string) auth.NewsSeat {
			return auth.NewsSeat{TenantID: tenant, SpaceID: tenant + "-main", Role: "clerk", Permissions: []string{"a:b"}}
		}
		changed := auth.News{
			Event: auth.NewsUserChanged, UserID: "u", Tenants: []string{"acme", "beta"}, Seats: []auth.NewsSeat{seat("acme"), seat("beta")},
		}
		mine := auth.News{Event: auth.NewsSessionEnded, SessionID: "s", Tenants: []string{"acme"}}
		everybody := ended("x")
		moved := auth.News{Event: auth.NewsSessionMoved, SessionID: "m", TenantID: "beta", Tenants: []string{"acme", "beta"}}
		news := []auth.News{changed, mine, everybody, moved}
		for i := range news {
			news[i].ID = b.announce(news[i], 0)
			news[i].At = time.Now()
		}
		soon()
		narrow := func(tenant string) auth.News {
			n := news[0]
			n.Tenants, n.Seats = []string{tenant}, []auth.NewsSeat{seat(tenant)}
			return n
		}
		went := func(tenant, to string) auth.News { // from acme to beta, which is nobody's business at acme
			n := news[3]
			n.Tenants, n.TenantID = []string{tenant}, to
			return n
		}
		for name, c := range map[string]struct {
			of   *Listener
			want []auth.News
		}{
			"one": {one, []auth.News{narrow("acme"), news[1], news[2], went("acme", "")}}, "other": {other, []auth.News{narrow("beta"), news[2], went("beta", "beta")}}, "all": {all, news},
		} {
			if d := cmp.Diff(c.want, told(t, c.of)); d != "" {
				t.Errorf("%s (-want +got):\n%s", name, d)
			}
			c.of.Close()
		}
	})
}

// TestWhatIsSharedIsEncodedOnce: also in the form for one tenant.
func TestWhatIsSharedIsEncodedOnce(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		n := auth.News{Event: auth.NewsUserChanged, UserID: "u", Tenants: []string{"acme", "beta"}}
		b.announce(n, 0)
		n.Tenants = n.Tenants[:1]
		b.announce(n, 0)
		for _, tenant := range []string{"acme", ""} {
			var first [][]byte
			for range 2 {
				l := listen(t, h, Audience{Tenant: tenant}, "")
				defer l.Close()
				lines, _, err := l.Take(make([][]byte, 0, 9))
				if err != nil || len(lines) != 2 {
					t.Fatal(lines, err)
				}
				for i := range first {
					if &first[i][0] != &lines[i][0] {
						t.Errorf("%q: line %d was encoded twice", tenant, i)
					}
				}
				first = lines
			}
		}
	})
}

// TestResume: what another instance may not have told, and what came since.
func TestResume(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		keep := listen(t, h, Audience{}, "")
		b.announce(ended("long ago"), 0)
		time.Sleep(10 * time.Minute)
		near := b.announce(ended("near"), 0)
		time.Sleep(time.Minute)
		last := b.announce(ended("last"), 0)
		time.Sleep(time.Minute)
		since := b.announce(ended("since"), 0)
		soon()
		l := listen(t, h, Audience{}, last)
		if !l.Resumed() {
			t.Error("not resumed")
		}
		wants(t, l, near, last, since)
		// Of a clock that goes wrong, and new: it is told whatever its id.
		odd := b.announce(ended("odd"), -2*time.Minute)
		time.Sleep(deepEvery + every)
		synctest.Wait()
		wants(t, l, odd)
		l.Close()
		for _, unknown := range []string{"", "nonsense", after(time.Now()), near[:35] + "f"} {
			l := listen(t, h, Audience{}, unknown)
			if l.Resumed() || len(told(t, l)) != 5 {
				t.Errorf("%q: resumed, or not told everything", unknown)
			}
			l.Close()
		}
		keep.Close()
	})
}

// TestASlowListenerIsCut: once a line has waited for it too long.
func TestASlowListenerIsCut(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		b.announce(ended("before"), 0)
		l, fresh := listen(t, h, Audience{}, ""), listen(t, h, Audience{}, "")
		told(t, l)
		b.announce(ended("a"), 0)
		time.Sleep(slowAfter + every)
		b.announce(ended("b"), 0)
		soon()
		if _, err := tells(t, l); !errors.Is(err, ErrSlow) {
			t.Errorf("got %v, want ErrSlow", err)
		}
		if got := told(t, fresh); len(got) != 3 { // who has yet to hear the window may take its time
			t.Errorf("told %d lines, want 3", len(got))
		}
		b.announce(ended("c"), 0)
		time.Sleep(30 * time.Minute)
		if _, err := tells(t, fresh); !errors.Is(err, ErrSlow) {
			t.Errorf("behind what is held: got %v, want ErrSlow", err)
		}
		l.Close()
		fresh.Close()
	})
}

// TestAKeyHearsItsOwnEnd, and that of its tenant, as the last thing.
func TestAKeyHearsItsOwnEnd(t *testing.T) {
	status := func(tenant string, s auth.TenantStatus) auth.News {
		return auth.News{Event: auth.NewsTenantStatus, Tenants: []string{tenant}, TenantID: tenant, Reason: string(s)}
	}
	revoked := func(key string) auth.News { return auth.News{Event: auth.NewsKeyRevoked, KeyID: key} }
	who := Audience{Tenant: "acme", Key: "k"}
	for name, c := range map[string]struct {
		who  Audience
		news []auth.News
		shut bool
		told int
	}{
		"revoked":               {who, []auth.News{revoked("k"), ended("x")}, true, 1},
		"another one":           {who, []auth.News{revoked("j"), ended("x")}, false, 2},
		"suspended":             {who, []auth.News{status("acme", auth.TenantInactive), ended("x")}, true, 1},
		"another tenant":        {who, []auth.News{status("beta", auth.TenantInactive), ended("x")}, false, 1},
		"opened":                {who, []auth.News{status("acme", auth.TenantActive), ended("x")}, false, 2},
		"a key for all tenants": {Audience{Key: "k"}, []auth.News{status("acme", auth.TenantInactive)}, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
				l := listen(t, h, c.who, "")
				told(t, l)
				for _, n := range c.news {
					b.announce(n, 0)
				}
				soon()
				got, err := tells(t, l)
				if errors.Is(err, ErrShut) != c.shut || len(got) != c.told {
					t.Errorf("told %d lines and %v, want %d and shut=%v", len(got), err, c.told, c.shut)
				}
				l.Close()
			})
		})
	}
	// Before it began to listen: what was said last counts.
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		b.announce(status("acme", auth.TenantInactive), 0)
		time.Sleep(time.Second)
		b.announce(status("acme", auth.TenantActive), 0)
		l := listen(t, h, who, "")
		if got, err := tells(t, l); err != nil || len(got) != 2 {
			t.Errorf("opened again: told %d lines and %v", len(got), err)
		}
		time.Sleep(time.Second)
		b.announce(status("acme", auth.TenantInactive), 0)
		soon()
		late := listen(t, h, who, "")
		if got, err := tells(t, late); !errors.Is(err, ErrShut) || len(got) != 3 {
			t.Errorf("suspended again: told %d lines and %v", len(got), err)
		}
		l.Close()
		late.Close()
	})
}
