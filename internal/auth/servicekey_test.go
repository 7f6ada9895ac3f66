package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// serviceKey makes an API key for a service of a tenant; "": of every tenant.
func (s staff) serviceKey(t testing.TB, slug, name string, scopes ...string) auth.NewAPIKey {
	t.Helper()
	at := slug
	if slug == "" {
		at = home
	}
	k, err := s.CreateServiceKey(t.Context(), s.operator(t, at), auth.ServiceKeyInput{Name: name, Scopes: scopes, Everywhere: slug == ""})
	must(t, err)
	return k
}

func (s staff) serve(t testing.TB, k auth.NewAPIKey, slug string) (auth.Caller, error) {
	t.Helper()
	return s.Serve(t.Context(), auth.Origin{TenantSlug: slug}, auth.Secret(k.Key))
}

// TestServiceKey: a service is in its key's tenant and may do what the scopes
// say, and what is no good is refused.
func TestServiceKey(t *testing.T) {
	s := staffed(t)
	k := s.serviceKey(t, annex, "billing", "orders:write", auth.ScopeRevocations)
	if !strings.HasPrefix(string(k.Key), auth.ServiceKeyPrefix) || k.TenantID != annex || len(k.Scopes) != 2 {
		t.Fatalf("got %+v", k.APIKeyView)
	}
	by, err := s.serve(t, k, "")
	must(t, err)
	id, err := s.Identify(t.Context(), by, auth.IdentityInput{Permission: "orders:write", Tenant: annex})
	must(t, err)
	if id.Kind != auth.IdentityService || id.KeyID != k.ID || id.Name != "billing" || id.TenantID != annex || id.UserID != "" || id.Role != "" {
		t.Errorf("got %+v", id)
	}
	for what, in := range map[string]auth.IdentityInput{
		"a role": {Role: "admin"}, "a scope that it has not": {Permission: "orders:write,orders:delete"}, "a part of a scope": {Permission: "orders"},
		"a list of nothing": {Permission: " , "},
	} {
		_, err = s.Identify(t.Context(), by, in)
		refused(t, what, err, auth.ErrForbidden)
	}
	_, err = s.Identify(t.Context(), by, auth.IdentityInput{Tenant: home})
	refused(t, "another tenant", err, auth.ErrTenantMismatch)
	_, err = s.serve(t, k, home)
	refused(t, "at another tenant", err, auth.ErrTenantMismatch)
	_, err = s.serve(t, k, annex)
	refused(t, "at its own", err, nil)

	everywhere := s.serviceKey(t, "", "gateway")
	for _, slug := range []string{"", home, annex} {
		by, err := s.serve(t, everywhere, slug)
		must(t, err)
		if by.Tenant.Slug != slug {
			t.Errorf("at %q it is in %q", slug, by.Tenant.Slug)
		}
	}
	_, err = s.serve(t, everywhere, asleep)
	refused(t, "at a tenant that is not active", err, auth.ErrTenantInactive)
}

// TestServiceKeysAreNotOperators: a key of one kind is none of the other, even
// with the other's prefix.
func TestServiceKeysAreNotOperators(t *testing.T) {
	s := staffed(t)
	service, operator := s.serviceKey(t, "", "gateway"), s.operatorKey(t, "ci", 0)
	before := s.store.calls["APIKey"]
	_, err := s.Operate(t.Context(), auth.Origin{}, auth.Secret(service.Key))
	refused(t, "operate with a service's key", err, auth.ErrTokenInvalid)
	_, err = s.Operate(t.Context(), auth.Origin{}, auth.Secret(auth.OperatorKeyPrefix+strings.TrimPrefix(string(service.Key), auth.ServiceKeyPrefix)))
	refused(t, "operate with a service's key by another name", err, auth.ErrTokenInvalid)
	_, err = s.serve(t, operator, "")
	refused(t, "serve with an operator's key", err, auth.ErrTokenInvalid)
	operator.Key = auth.Token(auth.ServiceKeyPrefix + strings.TrimPrefix(string(operator.Key), auth.OperatorKeyPrefix))
	_, err = s.serve(t, operator, "")
	refused(t, "serve with an operator's key by another name", err, auth.ErrTokenInvalid)
	if n := s.store.calls["APIKey"] - before; n != 0 {
		t.Errorf("keys that were made up cost %d reads", n)
	}
	by, err := s.serve(t, service, home)
	must(t, err)
	for what, r := range rules {
		refused(t, what+" by a service", r.do(t.Context(), s, by), auth.ErrForbidden)
	}
}

// TestServiceKeyEnds: by its time, by a word, with its tenant.
func TestServiceKeyEnds(t *testing.T) {
	s := staffed(t)
	root, eve := s.by(t, "root"), s.by(t, "eve")
	k, err := s.CreateServiceKey(t.Context(), eve, auth.ServiceKeyInput{Name: "short", ExpiresIn: auth.Span(time.Hour)})
	must(t, err)
	_, err = s.CreateServiceKey(t.Context(), eve, auth.ServiceKeyInput{Name: "short"})
	refused(t, "its name again", err, auth.ErrKeyTaken)
	_, err = s.CreateServiceKey(t.Context(), root, auth.ServiceKeyInput{Name: "short"})
	refused(t, "its name in another tenant", err, nil)
	_, err = s.CreateServiceKey(t.Context(), root, auth.ServiceKeyInput{Name: "all", Everywhere: true})
	refused(t, "a key for every tenant by an admin", err, auth.ErrForbidden)
	_, err = s.CreateServiceKey(t.Context(), root, auth.ServiceKeyInput{Name: "x", Scopes: []string{"Orders Write"}})
	refused(t, "a scope that is none", err, auth.ErrValidation)
	_, err = s.RevokeServiceKey(t.Context(), root, auth.ServiceKeyRef{Key: k.ID})
	refused(t, "another tenant's key", err, auth.ErrKeyNotFound)
	reason := func(k auth.NewAPIKey, want string) {
		t.Helper()
		_, err := s.serve(t, k, "")
		refused(t, want, err, auth.ErrTokenInvalid)
		if got := meta(err).Reason; got != want {
			t.Errorf("got the reason %q, want %q", got, want)
		}
	}
	s.clock.advance(time.Hour)
	reason(k, "expired")
	next := s.serviceKey(t, annex, "next")
	got := s.told(t, func() {
		_, err = s.RevokeServiceKey(t.Context(), eve, auth.ServiceKeyRef{Key: "next"})
		must(t, err)
	})
	if len(got) != 1 || got[0].Event != auth.NewsKeyRevoked || got[0].KeyID != next.ID || len(got[0].Tenants) != 1 || got[0].Tenants[0] != annex {
		t.Errorf("guards are told %+v", got)
	}
	reason(next, "revoked")
	list, err := s.ListServiceKeys(t.Context(), eve, auth.ServiceKeysInput{})
	must(t, err)
	if len(list) != 2 || list[0].Name != "short" || list[1].RevokedAt.IsZero() {
		t.Errorf("got %+v", list)
	}
	last := s.serviceKey(t, annex, "last")
	s.status(t, annex, auth.TenantSuspended)
	_, err = s.serve(t, last, "")
	refused(t, "of a suspended tenant", err, auth.ErrTenantInactive)
	_, err = s.DeleteTenant(t.Context(), s.operator(t, home), auth.TenantRef{ID: annex})
	must(t, err)
	reason(last, "unknown")
}

// TestServiceKeyUse is written once a minute.
func TestServiceKeyUse(t *testing.T) {
	s := staffed(t)
	k := s.serviceKey(t, home, "billing")
	for range 3 {
		_, err := s.serve(t, k, "")
		must(t, err)
	}
	s.clock.advance(time.Minute)
	_, err := s.serve(t, k, "")
	must(t, err)
	if n := s.store.calls["APIKeyUsed"]; n != 2 {
		t.Errorf("written %d times, want 2", n)
	}
}

// TestIdentify says who is logged in, as they are now.
func TestIdentify(t *testing.T) {
	s := staffed(t)
	id, err := s.Identify(t.Context(), s.by(t, "kim"), auth.IdentityInput{Role: "admin,clerk", Permission: "orders:read", Tenant: home})
	must(t, err)
	if id.Kind != auth.IdentityUser || id.UserID != s.id["kim"] || id.Username != "kim" || id.TenantID != home || id.SpaceID != s.space(t, home).ID ||
		id.Role != "clerk" || id.SessionID != s.in["kim"].SessionID || id.KeyID != "" {
		t.Errorf("got %+v", id)
	}
	_, err = s.Identify(t.Context(), s.by(t, "kim"), auth.IdentityInput{Role: "admin"})
	refused(t, "another role", err, auth.ErrForbidden)
	_, err = s.Identify(t.Context(), s.by(t, "root"), auth.IdentityInput{Permission: "orders:read"})
	refused(t, "a permission that admins have not been given", err, auth.ErrForbidden)
}

// TestAServiceKeyIsTold to nobody but who made it: not in lists, the log, the
// record or errors, nor is its secret kept.
func TestAServiceKeyIsTold(t *testing.T) {
	s := staffed(t)
	root := s.by(t, "root")
	k, err := s.CreateServiceKey(t.Context(), root, auth.ServiceKeyInput{Name: "billing"})
	must(t, err)
	stored, err := s.store.APIKey(t.Context(), k.ID)
	must(t, err)
	proof := base64.StdEncoding.EncodeToString(stored.Proof) // as JSON has it
	var said strings.Builder
	note := func(v any, err error) {
		text, jsonErr := json.Marshal(v)
		must(t, jsonErr)
		said.Write(text)
		if err != nil {
			said.WriteString(err.Error())
		}
	}
	note(s.ListServiceKeys(t.Context(), root, auth.ServiceKeysInput{}))
	_, err = s.serve(t, k, annex)
	note(nil, err)
	by, err := s.serve(t, k, "")
	must(t, err)
	note(s.Identify(t.Context(), by, auth.IdentityInput{}))
	mend := s.store.breaks(func(method string) error {
		if method == "APIKey" || method == "APIKeyUsed" {
			return errors.New("a fault of the driver")
		}
		return nil
	}, nil)
	_, err = s.serve(t, k, "")
	note(nil, err)
	mend()
	note(s.RevokeServiceKey(t.Context(), root, auth.ServiceKeyRef{Key: k.ID}))
	_, err = s.serve(t, k, "")
	note(nil, err)
	note(s.events(t, ""), nil)
	note(s.events(t, home), nil)
	note(s.news(t), nil)
	said.WriteString(s.log.String())
	for what, canary := range map[string]string{"the key": string(k.Key), "its body": string(k.Key[4:40]), "its end": string(k.Key[len(k.Key)-20:]), "its proof": proof} {
		if strings.Contains(said.String(), canary) {
			t.Errorf("%s is told", what)
		}
	}
	for _, id := range []string{"api_key.created", "api_key.revoked", k.ID} {
		if !strings.Contains(said.String(), id) {
			t.Errorf("%s is not told", id)
		}
	}
}

// TestWhoMayHaveServiceKeys: a tenant's admins its own, operators any; managers,
// users and services none.
func TestWhoMayHaveServiceKeys(t *testing.T) {
	s := staffed(t)
	s.serviceKey(t, home, "of home")
	s.serviceKey(t, annex, "of annex")
	s.serviceKey(t, "", "of all")
	service, err := s.serve(t, s.serviceKey(t, home, "caller"), "")
	must(t, err)
	callers := map[string]auth.Caller{"service": service}
	for _, name := range []string{"mia", "ben", "kim", "carl"} {
		callers[name] = s.by(t, name)
	}
	for name, by := range callers {
		_, err := s.CreateServiceKey(t.Context(), by, auth.ServiceKeyInput{Name: "x"})
		refused(t, name+" makes one", err, auth.ErrForbidden)
		_, err = s.ListServiceKeys(t.Context(), by, auth.ServiceKeysInput{})
		refused(t, name+" lists them", err, auth.ErrForbidden)
		_, err = s.RevokeServiceKey(t.Context(), by, auth.ServiceKeyRef{Key: "of home"})
		refused(t, name+" revokes one", err, auth.ErrForbidden)
	}
	everywhere := auth.ServiceKeysInput{Everywhere: "true"}
	for _, name := range []string{"root", "eve"} {
		_, err := s.ListServiceKeys(t.Context(), s.by(t, name), everywhere)
		refused(t, name+" lists those of all", err, auth.ErrForbidden)
		_, err = s.RevokeServiceKey(t.Context(), s.by(t, name), auth.ServiceKeyRef{Key: "of all", ServiceKeysInput: everywhere})
		refused(t, name+" revokes one of all", err, auth.ErrForbidden)
	}
	for _, tt := range []struct {
		by   auth.Caller
		in   auth.ServiceKeysInput
		want string
	}{
		{s.by(t, "eve"), auth.ServiceKeysInput{}, "of annex"}, {s.operator(t, annex), auth.ServiceKeysInput{}, "of annex"},
		{s.by(t, "root"), auth.ServiceKeysInput{}, "of home caller"}, {s.operator(t, annex), everywhere, "of all"},
	} {
		keys, err := s.ListServiceKeys(t.Context(), tt.by, tt.in)
		must(t, err)
		var names []string
		for _, k := range keys {
			names = append(names, k.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("listed %q, want %q", got, tt.want)
		}
	}
}
