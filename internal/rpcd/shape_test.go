package rpcd_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/nest"
	"github.com/latchkey/latchkey/internal/rpcd"
)

// raw is a payload as it stands on the wire.
func raw(text string) json.RawMessage { return json.RawMessage(text) }

// names are the members of an object, in their order.
func names(t testing.TB, text json.RawMessage) (all []string) {
	t.Helper()
	var o map[string]json.RawMessage
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return slices.Sorted(maps.Keys(o))
}

// TestWhereTheClientIs: the address that a gateway tells, where it tells one.
// Of some it is a number, which means nothing (SEED-SYSTEMS.md §2.4).
func TestWhereTheClientIs(t *testing.T) {
	for _, tt := range []struct{ name, req, want string }{
		{"an address", `{"headers":{"host":"203.0.113.9"}}`, "203.0.113.9"},
		{"of IPv6", `{"headers":{"host":"2001:db8::1"}}`, "2001:db8::1"},
		{"IPv4 as IPv6", `{"headers":{"host":"::ffff:203.0.113.9"}}`, "203.0.113.9"},
		{"of an older gateway", `{"ip":"203.0.113.9","headers":{}}`, "203.0.113.9"},
		{"both", `{"ip":"203.0.113.9","headers":{"host":"203.0.113.8"}}`, "203.0.113.9"},
		{"ip is null", `{"ip":null,"headers":{"host":"203.0.113.8"}}`, "203.0.113.8"},
		{"a number", `{"headers":{"host":12}}`, ""},
		{"zero", `{"headers":{"host":0}}`, ""},
		{"null", `{"headers":{"host":null}}`, ""},
		{"an object", `{"headers":{"host":{"a":1}}}`, ""},
		{"a list", `{"headers":{"host":["203.0.113.9"]}}`, ""},
		{"true", `{"headers":{"host":true}}`, ""},
		{"a host's name", `{"headers":{"host":"auth.example.com:3502"}}`, ""},
		{"an address and a port", `{"headers":{"host":"203.0.113.9:80"}}`, ""},
		{"two addresses", `{"headers":{"host":"203.0.113.9, 10.0.0.1"}}`, ""},
		{"a zone", `{"headers":{"host":"fe80::1%eth0"}}`, ""},
		{"nothing in it", `{"headers":{"host":""}}`, ""},
		{"no host", `{"headers":{}}`, ""},
		{"headers are null", `{"headers":null}`, ""},
		{"no headers", `{}`, ""},
		{"null for all", `null`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			p := w.join(t, "default")
			payload := p.signIn().and(object{"req": raw(tt.req), "ip": "198.51.100.1", "host": "198.51.100.2"}) // of the body: the client's word
			w.call(t, "auth.login", payload).want(t, "LOGIN_SUCCESS").into(t, &p)
			var all []struct {
				IP, SessionID string
			}
			w.call(t, "auth.sessions", p.as()).want(t, "SESSIONS_RETRIEVED").into(t, &all)
			i := slices.IndexFunc(all, func(s struct{ IP, SessionID string }) bool { return s.SessionID == p.SessionID })
			if i < 0 || all[i].IP != tt.want {
				t.Errorf("got %+v, want the address %q", all, tt.want)
			}
		})
	}
}

// TestWhichDevice: by what the gateway tells of the User-Agent, in either place.
func TestWhichDevice(t *testing.T) {
	w := newWorld(t)
	p := w.join(t, "default")
	for _, tt := range []struct{ name, members, device, agent string }{
		{"the header", `"req":{"headers":{"user-agent":"curl/8.5.0"}}`, "curl", "curl/8.5.0"},
		{"of an older gateway", `"user-agent":"curl/8.5.0","req":{"headers":{}}`, "curl", "curl/8.5.0"},
		{"both", `"user-agent":"Wget/1.21","req":{"headers":{"user-agent":"curl/8.5.0"}}`, "curl", "curl/8.5.0"},
		{"neither", `"req":{"headers":{}}`, "Unknown device", ""},
		{"null", `"req":{"headers":{"user-agent":null}}`, "Unknown device", ""},
		{"as one calls it oneself", `"deviceName":"Ann's laptop","req":{"headers":{"user-agent":"curl/8.5.0"}}`, "Ann's laptop", "curl/8.5.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := p
			w.call(t, "auth.login", raw(`{"usernameOrEmailOrMobile":"`+p.Email+`","password":"`+p.Password+`","tenantId":"default",`+tt.members+`}`)).
				want(t, "LOGIN_SUCCESS").into(t, &q)
			var all []struct{ SessionID, DeviceName, UA string }
			w.call(t, "auth.sessions", q.as()).want(t, "SESSIONS_RETRIEVED").into(t, &all)
			for _, s := range all {
				if s.SessionID == q.SessionID && (s.DeviceName != tt.device || s.UA != tt.agent) {
					t.Errorf("got %+v, want %q of %q", s, tt.device, tt.agent)
				}
			}
		})
	}
}

// TestNullIsNothing: a gateway writes null for what it has not.
func TestNullIsNothing(t *testing.T) {
	w := newWorld(t)
	p := stranger("default")
	w.call(t, "auth.signup", p.signUp().and(object{"mobile": nil, "nickname": nil, "spaceId": nil, "phone": nil, "tenantId": nil, "token": nil, "req": nil})).
		want(t, "USER_CREATED").into(t, &p)
	w.call(t, "auth.login", p.signIn().and(object{"email": nil, "deviceName": nil, "deviceToken": nil, "tenantId": nil})).want(t, "LOGIN_SUCCESS")
	w.call(t, "auth.login", p.signIn().and(object{"password": nil})).want(t, "VALIDATION_FAILED").wantFields(t, "password")
	w.call(t, "auth.logoutAll", p.as().and(object{"keepCurrent": nil, "token": nil})).want(t, "ALL_SESSIONS_REVOKED")
	// As the gateway's guard asks where a request has no token.
	w.call(t, "auth.session.validate", object{"token": nil, "tenantId": "default", "userId": nil, "sid": nil}).want(t, "ACCESS_TOKEN_MISSING")
	w.call(t, "auth.get-current-user", object{"token": nil, "tenantId": "default", "req": req(p.claims())}).want(t, "ACCESS_TOKEN_MISSING")
}

// TestWhatIsNoObject is refused, as are members of the wrong type and members
// given twice, by name and without repeating them.
func TestWhatIsNoObject(t *testing.T) {
	w := newWorld(t)
	for _, command := range []string{
		"auth.signup", "auth.login", "auth.verifyOtp", "auth.unlock", "auth.refresh", "auth.sessions", "auth.logoutSession", "auth.logoutAll",
		"auth.changeUserRole", "auth.get-current-user", "auth.session.validate",
	} {
		for _, data := range []string{`null`, `"` + canary + `"`, `7`, `true`, `[]`, `[{"tenantId":"default"}]`, ``, ` `, `{`, `{"a":`, "{\"a\":\"\xff\"}", `{"a":1} x`} {
			w.call(t, command, raw(data)).want(t, "VALIDATION_FAILED").wantFields(t, "body")
		}
	}
	for _, tt := range []struct{ command, data, field string }{
		{"auth.login", `{"usernameOrEmailOrMobile":["` + canary + `"],"password":"x"}`, "usernameOrEmailOrMobile"},
		{"auth.login", `{"usernameOrEmailOrMobile":"a","password":123456}`, "password"},
		{"auth.login", `{"usernameOrEmailOrMobile":"a","password":{"$ne":""}}`, "password"},
		{"auth.login", `{"usernameOrEmailOrMobile":"a","password":"b","password":"c"}`, "password"},
		{"auth.login", `{"usernameOrEmailOrMobile":"a","PASSWORD":"b"}`, "password"}, // another member, which says nothing
		{"auth.login", `{"usernameOrEmailOrMobile":"a","password":"b","x":1,"x":2}`, "x"},
		{"auth.verifyOtp", `{"loginId":"` + uuid.NewString() + `","otp":123456}`, "otp"},
		{"auth.logoutAll", `{"keepCurrent":"yes","req":{"user":USER}}`, "keepCurrent"},
		{"auth.sessions", `{"req":"x"}`, "req"},
		{"auth.sessions", `{"req":[]}`, "req"},
		{"auth.sessions", `{"req":{"headers":"x"}}`, "req.headers"},
		{"auth.sessions", `{"req":{"headers":{"user-agent":["x"]}}}`, "req.headers.user-agent"},
		{"auth.sessions", `{"token":["x"]}`, "token"},
		{"auth.session.validate", `{"token":7}`, "token"},
	} {
		p := w.join(t, "default")
		user, err := json.Marshal(p.claims())
		must(t, err)
		w.call(t, tt.command, raw(strings.ReplaceAll(tt.data, "USER", string(user)))).want(t, "VALIDATION_FAILED").wantFields(t, tt.field)
	}
}

// TestBareStrings: some commands about tenants have a name or an id for a
// payload, and nothing else will do.
func TestBareStrings(t *testing.T) {
	w := newWorld(t)
	tenant, err := w.store.Tenant(t.Context(), other)
	must(t, err)
	for _, command := range []string{"tenant.findById", "tenant.findByName", "tenant.getStatusByName", "tenant.validate", "tenant.softDelete"} {
		for _, data := range []string{`{"id":"other"}`, `{"name":"other"}`, `["other"]`, `7`, `true`, `null`, `""`, ``, `"other`, `"other" "other"`} {
			w.call(t, command, raw(data)).wantStatus(t, 400, "VALIDATION_FAILED").wantFields(t, "data")
		}
	}
	for _, ref := range []string{other, tenant.ID} {
		for command, code := range map[string]string{
			"tenant.findById": "TENANT_RETRIEVED", "tenant.findByName": "TENANT_RETRIEVED", "tenant.getStatusByName": "TENANT_STATUS_RETRIEVED",
		} {
			w.call(t, command, ref).want(t, code)
		}
	}
	for _, ref := range []string{"nowhere", uuid.NewString(), "Other", " other", "other\x00", "../other", strings.Repeat("a", 100_000), "' OR 1=1"} {
		for _, command := range []string{"tenant.findById", "tenant.findByName", "tenant.getStatusByName", "tenant.softDelete"} {
			w.call(t, command, ref).wantStatus(t, 404, "TENANT_NOT_FOUND")
		}
		if a := w.call(t, "tenant.validate", ref).want(t, "TENANT_VALIDATED"); string(a.Data) != `{"valid":false}` {
			t.Errorf("%.20q: got %s", ref, a.Data)
		}
	}
}

// TestEventsAreIgnored: nobody waits for their answer, so that nothing is done.
func TestEventsAreIgnored(t *testing.T) {
	w := newWorld(t)
	p := w.join(t, "default")
	for command, payload := range map[string]any{
		"auth.logoutAll": p.as(), "tenant.softDelete": other, "user.created": object{"id": 7}, "auth.signup": stranger("default").signUp(), "": nil,
	} {
		data, err := json.Marshal(payload)
		must(t, err)
		if body, err := w.door.Serve(t.Context(), nest.Request{Command: command, Data: data, Event: true}); body != nil || err != nil {
			t.Errorf("%s: got %s, %v", command, body, err)
		}
	}
	w.call(t, "auth.sessions", p.as()).want(t, "SESSIONS_RETRIEVED")
	w.call(t, "tenant.findByName", other).want(t, "TENANT_RETRIEVED")
}

// TestUnknownCommands are said to be, in Nest's own way, whatever they carry.
func TestUnknownCommands(t *testing.T) {
	w := newWorld(t)
	for _, command := range []string{"", "get_auth", "auth.", "auth.logout", "AUTH.LOGIN", "auth.login ", "auth.deleteAll", "tenant", "tenant.delete", "__proto__", strings.Repeat("x", 1000)} {
		body, err := w.door.Serve(t.Context(), nest.Request{Command: command, Data: []byte(`{}`)})
		if body != nil || !errors.Is(err, nest.ErrUnknown) {
			t.Errorf("%.20s: got %s, %v", command, body, err)
		}
	}
	all, err := w.metrics.Gather()
	must(t, err)
	for _, family := range all {
		for _, m := range family.Metric {
			for _, label := range m.Label {
				if label.GetName() == "command" && label.GetValue() != "other" {
					t.Errorf("%s has a line for %q", family.GetName(), label.GetValue())
				}
			}
		}
	}
}

// TestTenantAccess: what may be done about tenants is set, and what may not be
// is not done.
func TestTenantAccess(t *testing.T) {
	payloads := map[string]any{
		"tenant.create": object{"name": "acme"}, "tenant.update": object{"id": other, "dto": object{"displayName": "Renamed"}},
		"tenant.changeStatus": object{"id": other, "status": "LOCKED"}, "tenant.changeStatusByName": object{"name": other, "status": "LOCKED"},
		"tenant.softDelete": other, "tenant.findAll": object{"status": nil, "page": 1, "pageSize": 10}, "tenant.findById": other,
		"tenant.findByName": other, "tenant.getStatusByName": other, "tenant.validate": other,
	}
	reads := []string{"tenant.findAll", "tenant.findById", "tenant.findByName", "tenant.getStatusByName", "tenant.validate"}
	for _, access := range []rpcd.TenantAccess{rpcd.TenantsRead, rpcd.TenantsOff, rpcd.TenantsWrite, ""} {
		t.Run("access "+string(access), func(t *testing.T) {
			w := newWorld(t, func(c *rpcd.Config) { c.Tenants = access })
			p := w.join(t, other)
			for _, command := range slices.Sorted(maps.Keys(payloads)) {
				switch {
				case access == rpcd.TenantsOff:
					data, err := json.Marshal(payloads[command])
					must(t, err)
					if _, err := w.door.Serve(t.Context(), nest.Request{Command: command, Data: data}); !errors.Is(err, nest.ErrUnknown) {
						t.Errorf("%s: got %v, want that there is no such command", command, err)
					}
				case access == rpcd.TenantsRead && !slices.Contains(reads, command):
					w.call(t, command, payloads[command]).wantStatus(t, 403, "FORBIDDEN")
				case slices.Contains(reads, command):
					w.call(t, command, payloads[command])
				}
			}
			tenant, err := w.store.Tenant(t.Context(), other)
			if err != nil || tenant.Status != auth.TenantActive || tenant.Name != "Tenant other" {
				t.Errorf("got %+v, %v", tenant, err)
			}
			if _, err := w.store.Tenant(t.Context(), "acme"); !errors.Is(err, auth.ErrNoRecord) {
				t.Errorf("acme: got %v", err)
			}
			w.call(t, "auth.sessions", p.as()).want(t, "SESSIONS_RETRIEVED") // the other commands are there all the same
		})
	}
}

// TestInternalFaults are told as that, and nothing of what went wrong.
func TestInternalFaults(t *testing.T) {
	w := newWorld(t)
	p := w.join(t, "default")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // which the store cannot work with
	w.live.DropAll()
	envelope := w.callIn(t, ctx, "auth.login", p.signIn()).want(t, "INTERNAL_ERROR")
	refusal := w.callIn(t, ctx, "tenant.findAll", object{}).wantStatus(t, 500, "INTERNAL_ERROR")
	for _, a := range []answer{envelope, refusal} {
		if text := string(a.body); strings.Contains(text, "context") || strings.Contains(text, "cancel") {
			t.Errorf("%s: the fault is in the answer: %s", a.command, text)
		}
		if id := a.Meta.RequestID + a.RequestID; !strings.Contains(logged.all(), id) {
			t.Errorf("%s: the log says nothing of %s", a.command, id)
		}
	}
}
