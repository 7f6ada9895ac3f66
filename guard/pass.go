package guard

import (
	"context"
	"net/http"
	"strings"
)

// pass lets a request through, or says why not. by is nil on a public route.
func (g *Guard) pass(r *http.Request, t *table) (pass, error) {
	d, err := t.find(r)
	if err != nil || d.public {
		return pass{}, err
	}
	p, ok := r.Context().Value(passKey{}).(pass)
	if ok && p.by == g {
		err = g.fresh(d.stale)
	} else {
		p.by = g
		p.identity, err = g.identify(r, d.stale)
	}
	if err == nil {
		err = d.check(&p.identity)
	}
	if err != nil {
		return pass{}, err
	}
	return p, nil
}

// identify finds out who a request is from, in the order in which Latchkey itself does, so that both give one answer.
func (g *Guard) identify(r *http.Request, s staleness) (Identity, error) {
	sent, err := readSent(r)
	if err != nil {
		return Identity{}, err
	}
	var id Identity
	made, err := g.genuine(r.Context(), sent.token, &id)
	if err == nil {
		err = g.agrees(r.Context(), sent, &id)
	}
	if err == nil {
		err = g.current(r.Context(), &id, made)
	}
	if err == nil {
		err = g.fresh(s)
	}
	if err == nil && sent.jar {
		err = g.sameOrigin(r)
	}
	if err != nil {
		return Identity{}, err
	}
	return id, nil
}

// agrees holds the tenant and the space that a request names against those of its credential. A service of every
// tenant is in the one that it names.
func (g *Guard) agrees(ctx context.Context, s sent, id *Identity) (err error) {
	if id.Kind == Service {
		if s.tenant != "" && id.TenantID == "" {
			*id, err = g.services.verify(ctx, s.token, s.tenant)
		}
		if err == nil && s.tenant != "" && s.tenant != id.TenantID {
			err = errTenantMismatch
		}
		return err
	}
	if s.tenant != "" && s.tenant != id.TenantID {
		return errTenantMismatch
	}
	if s.space != "" && s.space != id.SpaceID {
		return errForbidden
	}
	return nil
}

// sameOrigin refuses what another website makes a browser do (CONTRACT.md §4; ASVS 5.0 V3.5.1). A WebSocket begins
// with a GET, changes whatever it likes and is bound by no CORS, so it counts as a change.
func (g *Guard) sameOrigin(r *http.Request) error {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		r = &http.Request{Method: http.MethodPost, Host: r.Host, URL: r.URL, Header: r.Header}
	}
	if g.origins.Check(r) != nil {
		return errCrossOrigin
	}
	return nil
}
