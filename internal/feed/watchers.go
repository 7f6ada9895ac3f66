package feed

import (
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// watchers are found by what news are about, so that those whom it does not
// concern are not touched. Their window locks them.
type watchers struct {
	bySession, byUser, byTenant map[string]map[*Watcher]struct{}
}

func newWatchers() watchers {
	return watchers{
		bySession: make(map[string]map[*Watcher]struct{}),
		byUser:    make(map[string]map[*Watcher]struct{}),
		byTenant:  make(map[string]map[*Watcher]struct{}),
	}
}

func (s watchers) add(w *Watcher) {
	put(s.bySession, w.who.Session, w)
	put(s.byUser, w.who.User, w)
	put(s.byTenant, w.who.Tenant, w)
}

func (s watchers) remove(w *Watcher) {
	take(s.bySession, w.who.Session, w)
	take(s.byUser, w.who.User, w)
	take(s.byTenant, w.who.Tenant, w)
}

func put(index map[string]map[*Watcher]struct{}, key string, w *Watcher) {
	if index[key] == nil {
		index[key] = make(map[*Watcher]struct{})
	}
	index[key][w] = struct{}{}
}

func take(index map[string]map[*Watcher]struct{}, key string, w *Watcher) {
	delete(index[key], w)
	if len(index[key]) == 0 {
		delete(index, key)
	}
}

// tell tells those whom news are about.
func (s watchers) tell(n auth.News) {
	switch n.Event {
	case auth.NewsSessionEnded:
		for w := range s.bySession[n.SessionID] {
			w.end(n.Reason)
		}
	case auth.NewsSessionMoved:
		for w := range s.bySession[n.SessionID] {
			s.move(w, n.TenantID)
			w.refresh("tenant")
		}
	case auth.NewsUserLocked:
		for w := range s.byUser[n.UserID] {
			w.end("locked")
		}
	case auth.NewsUserRemoved:
		for w := range s.byUser[n.UserID] {
			w.end("removed")
		}
	case auth.NewsUserChanged:
		for w := range s.byUser[n.UserID] {
			w.reseat(n.Seats)
			w.refresh("account")
		}
	case auth.NewsRoleChanged:
		for w := range s.byTenant[n.TenantID] {
			if w.who.Role == "" || w.who.Role == n.Role {
				w.refresh("role")
			}
		}
	case auth.NewsTenantStatus:
		if n.Reason != string(auth.TenantActive) {
			for w := range s.byTenant[n.TenantID] {
				w.end("tenant")
			}
		}
	case auth.NewsKeyRevoked:
	}
}

// move puts a watcher under its session's new tenant, in whatever role it has there.
func (s watchers) move(w *Watcher, tenant string) {
	take(s.byTenant, w.who.Tenant, w)
	w.who.Tenant, w.who.Space, w.who.Role = tenant, "", ""
	put(s.byTenant, tenant, w)
}

// reseat notes which role the watcher has now.
func (w *Watcher) reseat(seats []auth.NewsSeat) {
	i := slices.IndexFunc(seats, func(s auth.NewsSeat) bool { return s.TenantID == w.who.Tenant && s.SpaceID == w.who.Space })
	if i >= 0 {
		w.who.Role = seats[i].Role
	}
}
