package storetest

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// aCancelledCallLeavesTheTenant: its roles, spaces and seats, and the keys of
// operators, too.
func aCancelledCallLeavesTheTenant(t T, s auth.Store) {
	w, to := settle(t, s, "default"), settle(t, s, "default")
	w.roled("editor")
	key := operated(t, s, "ci")
	v := w.login(w.user, 0)
	move := w.moving(v, to)
	move.Note = w.note("late", start)
	was := w.account(w.user)
	mail := w.post(0)[0]
	ctx, cancel := context.WithCancel(bg)
	cancel()

	late := w.note("late", start)
	c := w.change(w.user, unseat)
	c.Note = late
	_, change := s.ChangeAccount(ctx, c)
	_, role := s.UpdateRole(ctx, "default", w.tenant.ID, "editor", func(r *auth.Role) error { r.Description = "new"; return nil }, late)
	_, moved := s.MoveSession(ctx, move)
	_, accounts := s.Accounts(ctx, auth.AccountQuery{Directory: "default", Tenant: w.tenant.ID, Max: 10})
	_, events := s.Events(ctx, w.eventsOf(10))
	_, tenants := s.Tenants(ctx, auth.TenantQuery{Max: 10})
	_, logo := s.Logo(ctx, w.tenant.ID)
	_, origin := s.OriginKnown(ctx, "https://a.example")
	_, services := s.APIKeys(ctx, auth.KeyService)
	_, announces := s.Announced(ctx, "", start, 10)
	for doing, err := range map[string]error{
		"ChangeAccount": change, "UpdateRole": role, "MoveSession": moved, "Accounts": accounts, "Events": events,
		"Tenants": tenants, "Logo": logo, "OriginKnown": origin, "APIKeys": services, "Announced": announces,
		"Announce":      s.Announce(ctx, []auth.Bulletined{line(time.Hour), line(time.Hour)}),
		"CreateRole":    s.CreateRole(ctx, w.role("late"), late),
		"DeleteRole":    s.DeleteRole(ctx, "default", w.tenant.ID, "editor", late),
		"CreateSpace":   s.CreateSpace(ctx, w.newSpace("late"), late),
		"AddAPIKey":     s.AddAPIKey(ctx, newAPIKey("late"), late),
		"RevokeAPIKey":  s.RevokeAPIKey(ctx, key.ID, start, late),
		"APIKeyUsed":    s.APIKeyUsed(ctx, key.ID, start),
		"FlagDirectory": s.FlagDirectory(ctx, "default", start),
		"Sent":          s.Sent(ctx, "default", mail.ID, start),
	} {
		refused(t, err, context.Canceled, doing)
	}
	same(t, "the account", w.account(w.user), was)
	same(t, "the session", w.session(v), v)
	w.hasRoles(w.role("editor"))
	w.hasSpaces(w.space)
	hasKeys(t, s, key)
	announced(t, s, "", 0)
	flagged(t, s, nil)
	w.waits(1, 0)
	w.noted("late", 0)
}
