package guard_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
)

var jin = guardtest.User{ID: "jin", TenantID: "acme", SpaceID: "main", SessionID: "s1", Role: "admin", Permissions: []string{"orders:read", "orders:write"}}

// What the feed tells holds for tokens that were made before it, and no others.
func TestNews(t *testing.T) {
	seat := guardtest.Seat{TenantID: "acme", SpaceID: "main", Role: "user", Permissions: []string{"orders:read"}}
	for name, c := range map[string]struct {
		tell              func(*guardtest.Server)
		code, reason      string // of an old token
		role, permission  string // of an old token that is let in, and one that it must not have
		freshIsRefusedToo bool
	}{
		"session ended":         {func(s *guardtest.Server) { s.EndSession("s1", "remote_logout") }, "SESSION_NOT_FOUND", "remote_logout", "", "", true},
		"another session ended": {func(s *guardtest.Server) { s.EndSession("s2", "logout") }, "", "", "admin", "", false},
		"session moved":         {func(s *guardtest.Server) { s.MoveSession("s1", "globex") }, "TENANT_MISMATCH", "", "", "", true},
		"session moved here":    {func(s *guardtest.Server) { s.MoveSession("s1", "acme") }, "", "", "admin", "", false},
		"moved away and back":   {func(s *guardtest.Server) { s.MoveSession("s1", "globex"); s.MoveSession("s1", "acme") }, "", "", "admin", "", false},
		"ended, then moved":     {func(s *guardtest.Server) { s.EndSession("s1", "admin"); s.MoveSession("s1", "acme") }, "SESSION_NOT_FOUND", "admin", "", "", true},
		"user locked":           {func(s *guardtest.Server) { s.LockUser("jin") }, "USER_NOT_FOUND", "", "", "", false},
		"user removed":          {func(s *guardtest.Server) { s.RemoveUser("jin") }, "USER_NOT_FOUND", "", "", "", false},
		"another user locked":   {func(s *guardtest.Server) { s.LockUser("kim") }, "", "", "admin", "", false},
		"locked and unlocked":   {func(s *guardtest.Server) { s.LockUser("jin"); s.ChangeUser("jin", seat) }, "", "", "user", "orders:write", false},
		"demoted":               {func(s *guardtest.Server) { s.ChangeUser("jin", seat) }, "", "", "user", "orders:write", false},
		"no seat here": {func(s *guardtest.Server) {
			s.ChangeUser("jin", guardtest.Seat{TenantID: "globex", SpaceID: "main", Role: "admin"})
		}, "FORBIDDEN", "", "", "", false},
		"no seat in the space": {func(s *guardtest.Server) {
			s.ChangeUser("jin", guardtest.Seat{TenantID: "acme", SpaceID: "annex", Role: "admin"})
		}, "FORBIDDEN", "", "", "", false},
		"no seat at all":                   {func(s *guardtest.Server) { s.ChangeUser("jin") }, "FORBIDDEN", "", "", "", false},
		"role changed":                     {func(s *guardtest.Server) { s.ChangeRole("acme", "admin", "orders:read") }, "", "", "admin", "orders:write", false},
		"role emptied":                     {func(s *guardtest.Server) { s.ChangeRole("acme", "admin") }, "", "", "admin", "orders:read", false},
		"role of another tenant":           {func(s *guardtest.Server) { s.ChangeRole("globex", "admin") }, "", "", "admin", "", false},
		"demoted to a role changed before": {func(s *guardtest.Server) { s.ChangeRole("acme", "user", "orders:write"); s.ChangeUser("jin", seat) }, "", "", "user", "orders:write", false},
		"demoted to a role changed after":  {func(s *guardtest.Server) { s.ChangeUser("jin", seat); s.ChangeRole("acme", "user") }, "", "", "user", "orders:read", false},
		"tenant suspended":                 {func(s *guardtest.Server) { s.ChangeTenant("acme", "SUSPENDED") }, "TENANT_INACTIVE", "", "", "", true},
		"tenant suspended for a while":     {func(s *guardtest.Server) { s.ChangeTenant("acme", "SUSPENDED"); s.ChangeTenant("acme", "ACTIVE") }, "", "", "admin", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				auth := guardtest.NewInProcess(t)
				g := auth.Guard()
				old := auth.Token(jin)
				if id, err := g.Verify(t.Context(), old); err != nil || !id.Has("orders:write") {
					t.Fatalf("before: got %+v, %v", id, err)
				}
				time.Sleep(1500 * time.Millisecond)
				// The change is in the middle of a second: a token of that second was made before it.
				same := auth.Token(jin)
				c.tell(auth)
				for _, token := range []string{old, same} {
					id, err := g.Verify(t.Context(), token)
					got := errorOf(t, err)
					if got.Code != c.code || got.Reason != c.reason || id.Role != c.role {
						t.Errorf("got %q %q, role %q, want %q %q, role %q", got.Code, got.Reason, id.Role, c.code, c.reason, c.role)
					}
					if err == nil && c.permission != "" && id.Has(c.permission) {
						t.Errorf("it still has %s", c.permission)
					}
				}
				time.Sleep(2 * time.Second)
				_, err := g.Verify(t.Context(), auth.Token(jin))
				if (err != nil) != c.freshIsRefusedToo {
					t.Errorf("a token made later: got %v, want refused: %v", err, c.freshIsRefusedToo)
				}
			})
		})
	}
}

// A guard that starts later is told what matters still.
func TestSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth := guardtest.NewInProcess(t)
		token := auth.Token(jin)
		auth.EndSession("s1", "logout")
		_, err := auth.Guard().Verify(t.Context(), token)
		if got := errorOf(t, err).Code; got != guard.CodeSessionEnded {
			t.Errorf("got %q, want %q", got, guard.CodeSessionEnded)
		}
	})
}

// What was told while the connection was away is told after it.
func TestNothingIsMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth := guardtest.NewInProcess(t)
		g := auth.Guard()
		auth.EndSession("other", "logout") // so that there is an id to go on from
		token := auth.Token(jin)
		auth.Away()
		synctest.Wait()
		if g.Status().Live {
			t.Error("it says that it is live, and is not")
		}
		auth.EndSession("s1", "logout")
		if _, err := g.Verify(t.Context(), token); err != nil {
			t.Errorf("nobody could know yet: got %v", err)
		}
		auth.Back()
		time.Sleep(6 * time.Second)
		if s := g.Status(); !s.Live || s.Problem != "" {
			t.Errorf("got %+v, want it to be live again", s)
		}
		_, err := g.Verify(t.Context(), token)
		if got := errorOf(t, err).Code; got != guard.CodeSessionEnded {
			t.Errorf("got %q, want %q", got, guard.CodeSessionEnded)
		}
	})
}

// What no token can be about any more is let go: only that it is let go, never before its time, can be seen from here.
func TestAnEndIsKeptAsLongAsItsTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		auth := guardtest.NewInProcess(t)
		g := auth.Guard()
		long := jin
		long.Life = time.Hour // longer than the feed says, so that it shows when the end is forgotten
		token := auth.Token(long)
		auth.EndSession("s1", "logout")
		time.Sleep(guardtest.Life + 9*time.Minute)
		if _, err := g.Verify(t.Context(), token); err == nil {
			t.Error("forgotten too early")
		}
		time.Sleep(3 * time.Minute)
		if _, err := g.Verify(t.Context(), token); err != nil {
			t.Errorf("kept for ever: %v", err)
		}
	})
}
