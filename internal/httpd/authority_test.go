package httpd_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// asker is one of those who may ask for anything.
type asker int

const (
	byNobody    asker = iota
	byUser            // of the tenant
	byManager         // of the tenant
	byAdmin           // of the tenant
	byElsewhere       // an admin of another tenant
	byOperator        // with an operator's key
	byRevoked         // with an operator's key that was revoked
	askers
)

func (a asker) String() string {
	return [askers]string{"nobody", "a user", "a manager", "an admin", "an admin of another tenant", "an operator", "a revoked key"}[a]
}

// wanted is the status that each asker gets.
type wanted [askers]int

// The sorts of routes, by the status of their answer to who may have it.
func open(s int) wanted      { return wanted{s, s, s, s, s, 401, 401} }         // to anybody, but a key is no access token
func deaf(s int) wanted      { return wanted{s, s, s, s, s, s, s} }             // they read no credential
func own(s int) wanted       { return wanted{401, s, s, s, 403, 401, 401} }     // to who is logged in, about themselves
func staff(s int) wanted     { return wanted{401, 403, 403, s, 403, s, 401} }   // to those who run the tenant
func operators(s int) wanted { return wanted{401, 403, 403, 403, 403, s, 401} } // to those who run the deployment

// authority says who may ask for what: every route has a line.
var authority = map[string]wanted{
	"POST /auth/sign-up": open(201), "POST /auth/signup": open(201), "POST /auth/login": open(200),
	"POST /auth/login/verify": open(401), "POST /auth/login/resend": open(401), // for a challenge that there is not
	"POST /auth/refresh": open(200), "POST /auth/token/refresh": open(200),
	"POST /auth/unlock/request": open(202), "POST /auth/password/forgot": open(202),

	"GET /auth/front": open(200), "GET /auth/history": own(200),
	"POST /users/{id}/reset-password": staff(202), "GET /audit-events/verification": operators(200),
	"GET /overview": staff(200), "GET /mails": staff(200), "POST /mails/{id}/retry": staff(200),
	"GET /system": operators(200), "GET /signing-keys": operators(200), "POST /signing-keys/rotate": operators(200),

	"GET /auth/new-token": own(200), "POST /auth/new-token": own(200), "GET /auth/verify-token": own(200), "GET /auth/verify": own(200),
	"GET /auth/session/events": own(200), "GET /auth/revocations": operators(200),
	"GET /auth/me": own(200), "PATCH /auth/me": own(200), "GET /auth/sessions": own(200),
	"POST /auth/logout": own(200), "POST /auth/logout/session": own(200), "POST /auth/logout/all": own(200),
	"POST /auth/password/change": own(200), "POST /auth/switch-tenant": own(200),
	"POST /auth/tenants/main": own(200), "POST /auth/tenants/leave": own(200),

	"GET /auth/unlock": deaf(400), "POST /auth/unlock": deaf(400), "GET /auth/password/reset": deaf(400), "POST /auth/password/reset": deaf(400),
	"GET /auth/disown": deaf(400), "POST /auth/disown": deaf(400), "GET /auth/invitation": deaf(400), "POST /auth/invitation": deaf(400),
	"GET /auth/health": deaf(200), "GET /healthz": deaf(200), "GET /readyz": deaf(200), "GET /metrics": deaf(200),
	"GET /.well-known/jwks.json": deaf(200), "GET /openapi.json": deaf(200),

	"POST /tenants": operators(201), "GET /tenants": staff(200), "GET /tenants/{id}": staff(200),
	"PATCH /tenants/{id}": operators(200), "DELETE /tenants/{id}": operators(200), "PATCH /tenants/{id}/status": operators(200),
	"GET /tenants/by-name/{name}/status": staff(200), "PATCH /tenants/by-name/{name}/status": operators(200),

	"GET /users": staff(200), "POST /users": staff(201), "GET /users/{id}": staff(200), "PATCH /users/{id}": staff(200), "DELETE /users/{id}": staff(200),
	"POST /users/{id}/lock": staff(200), "POST /users/{id}/unlock": staff(200), "GET /users/{id}/sessions": staff(200), "DELETE /users/{id}/sessions": staff(200),
	"POST /auth/change-role": staff(200), "POST /invitations": staff(202), "GET /invitations": staff(200), "POST /invitations/revoke": staff(200), "POST /users/{id}/end-session": staff(200), "GET /audit-events": staff(200),
	"GET /roles": staff(200), "POST /roles": staff(201), "PATCH /roles/{name}": staff(200), "DELETE /roles/{name}": staff(200),
	"GET /spaces": staff(200), "POST /spaces": staff(201),
	"GET /api-keys": staff(200), "POST /api-keys": staff(201), "DELETE /api-keys/{id}": staff(200),
}

// TestAuthority asks for every route of the document as everybody, with a
// request that is right but for who asks.
func TestAuthority(t *testing.T) {
	t.Parallel()
	w := newStreaming(t)
	revoked := w.revokedKey(t)
	elsewhere := w.admin(t, w.newTenant(t))
	seen := map[string]bool{}
	openDocument(t, w.door.Document()).operations(func(method, path string, _ object) {
		line := method + " " + path
		want, there := authority[line]
		if seen[line] = true; !there {
			t.Errorf("%s has no line in authority: say who may ask for it", line)
			return
		}
		t.Run(line, func(t *testing.T) {
			tenant := w.newTenant(t)
			of := [askers]person{byElsewhere: elsewhere}
			for a, role := range map[asker]string{byUser: auth.RoleUser, byManager: auth.RoleManager, byAdmin: auth.RoleAdmin} {
				of[a] = w.joinAs(t, tenant, role)
			}
			// First those who are refused, on most routes.
			for _, a := range []asker{byNobody, byRevoked, byUser, byManager, byElsewhere, byAdmin, byOperator} {
				p, headers := of[a], []string{"x-tenant-id", tenant}
				switch a {
				case byNobody:
				case byRevoked:
					headers = append(headers, "Authorization", "Bearer "+revoked)
				case byOperator:
					headers = append(headers, w.operator()...)
				default:
					headers = append(headers, p.bearer()...)
				}
				if p.tenant != tenant {
					p = of[byUser]
				}
				request, body, more := w.fitting(t, method, path, tenant, p)
				got := w.do(t, request, body, append(headers, more...)...)
				if got.status != want[a] || !strings.Contains(refusal(a, want), got.code()) && got.status > 400 {
					t.Errorf("%s to %s: got %d %s, want %d", line, a, got.status, got.code(), want[a])
				}
			}
		})
	})
	for line := range authority {
		if !seen[line] {
			t.Errorf("%s has a line in authority and is no route", line)
		}
	}
}

// refusal lists the codes that say that it is for who asks.
func refusal(a asker, want wanted) string {
	switch {
	case a == byNobody && want != open(401):
		return "ACCESS_TOKEN_MISSING"
	case a == byOperator, a == byRevoked:
		return "TOKEN_INVALID"
	case a == byElsewhere && want != open(401):
		return "TENANT_MISMATCH"
	case want == open(401):
		return "OTP_EXPIRED_OR_INVALID"
	}
	return "FORBIDDEN"
}

// revokedKey makes an operator's key and revokes it.
func (w *world) revokedKey(t testing.TB) string {
	t.Helper()
	key := w.operatorKey(t, "gone")
	w.do(t, "GET /tenants", nil, "Authorization", "Bearer "+key).want(t, 200, "TENANTS_RETRIEVED")
	_, err := w.service.RevokeOperatorKey(t.Context(), w.commandLine(t, ""), "gone")
	must(t, err)
	return key
}

// fitting is a request to a route that nothing is wrong with, about a tenant and
// for a person in it who may be the one who asks.
func (w *world) fitting(t testing.TB, method, path, tenant string, p person) (request string, body any, headers []string) {
	t.Helper()
	place, session := "", ""
	switch {
	case strings.HasPrefix(path, "/tenants/"):
		place = tenant
	case strings.HasPrefix(path, "/mails/"):
		place = w.anyMail(t, tenant)
	case strings.HasPrefix(path, "/users/"):
		who := w.join(t, tenant)
		place, session = who.ID, who.SessionID
	case strings.HasPrefix(path, "/roles/"):
		place = w.madeRole(t, tenant)
	case strings.HasPrefix(path, "/api-keys/"):
		place = w.madeKey(t, tenant)
	}
	request = method + " " + fill(path, place)
	if strings.Contains(path, "new-token") {
		return request, nil, []string{"Cookie", "refreshToken=" + p.RefreshToken}
	}
	if strings.Contains(path, "leave") {
		w.seat(t, p, pages, auth.RoleUser)
	}
	link := strings.Repeat("A", 88)
	if method == "GET" && (strings.HasSuffix(path, "/unlock") || strings.HasSuffix(path, "/reset") || strings.HasSuffix(path, "/disown") || strings.HasSuffix(path, "/invitation")) {
		return request + "?token=" + link, nil, nil
	}
	fresh, n := stranger(tenant), people.Add(1)
	if path == "/invitations/revoke" {
		w.do(t, "POST /invitations", object{"email": fresh.Email}, w.operator("x-tenant-id", tenant)...).want(t, 202, "INVITATION_SENT")
	}
	bodies := map[string]object{
		"POST /auth/sign-up": fresh.signUp(), "POST /auth/signup": fresh.signUp(), "POST /auth/login": {"email": p.Email, "password": p.Password},
		"POST /auth/login/verify": {"loginId": anyPlace, "otp": "123456"}, "POST /auth/login/resend": {"loginId": anyPlace},
		"POST /auth/refresh": {"refreshToken": p.RefreshToken}, "POST /auth/token/refresh": {"refreshToken": p.RefreshToken},
		"POST /auth/unlock/request": {"email": p.Email}, "POST /auth/password/forgot": {"email": p.Email},
		"PATCH /auth/me": {"nickname": "Ann"}, "POST /auth/logout/session": {"sessionId": p.SessionID},
		"POST /auth/password/change": {"currentPassword": p.Password, "newPassword": "loud-comet-17-harbour"},
		"POST /auth/switch-tenant":   {"tenantId": tenant}, "POST /auth/tenants/main": {"tenantId": tenant}, "POST /auth/tenants/leave": {"tenantId": pages},
		"POST /auth/unlock": {"token": link}, "POST /auth/password/reset": {"token": link, "password": "loud-comet-17-harbour"},
		"POST /auth/disown": {"token": link}, "POST /auth/invitation": {"token": link},
		"POST /tenants": {"name": fmt.Sprintf("more-%d", n)}, "PATCH /tenants/{id}": {"displayName": "Acme"},
		"PATCH /tenants/{id}/status": {"status": "ACTIVE"}, "PATCH /tenants/by-name/{name}/status": {"status": "ACTIVE"},
		"POST /users": fresh.signUp(), "PATCH /users/{id}": {"nickname": "Ann"}, "POST /invitations": {"email": fresh.Email},
		"POST /invitations/revoke": {"email": fresh.Email}, "POST /users/{id}/end-session": {"sessionId": session},
		"POST /auth/change-role": {"userId": p.ID, "newRole": "admin"}, "POST /roles": newRole(), "PATCH /roles/{name}": {"description": "Clerks"},
		"POST /spaces": {"name": fmt.Sprintf("space-%d", n)}, "POST /api-keys": {"name": fmt.Sprintf("key-%d", n)},
	}
	if b := bodies[method+" "+path]; b != nil {
		return request, b, nil
	}
	return request, nil, nil
}
