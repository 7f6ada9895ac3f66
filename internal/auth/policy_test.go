package auth_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// fullPolicy says something in every field.
func fullPolicy() auth.Policy {
	yes := true
	return auth.Policy{
		OTP: auth.OTPDevice, SignUp: auth.SignUpInvite, AllowedOrigins: []string{"https://app.example.com"}, BrowserTokens: &yes, Language: "ko",
		Taken: auth.TakenHide, LockAttempts: 3, LockMinutes: 5, MaxSessions: 2, AtLimit: auth.LimitRefuse,
		AccessLife: auth.Span(5 * time.Minute), RefreshLife: auth.Span(time.Hour), SessionLife: auth.Span(24 * time.Hour),
		PasswordLength: 12, MailFrom: `"Acme" <no-reply@acme.example>`,
	}
}

// policyFields are the names of all fields of a policy.
func policyFields(t *testing.T) (names []string) {
	t.Helper()
	full := reflect.ValueOf(fullPolicy())
	for i := range full.NumField() {
		f := full.Type().Field(i)
		if full.Field(i).IsZero() {
			t.Fatalf("the test's full policy says nothing of %s", f.Name)
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// update changes a tenant as an operator.
func (w *world) update(t testing.TB, slug string, in auth.TenantChange) (auth.TenantView, error) {
	t.Helper()
	in.ID = slug
	return w.UpdateTenant(t.Context(), w.operator(t, home), in)
}

// decide sets what a tenant decides for itself.
func (w *world) decide(t testing.TB, slug string, p auth.Policy, reset ...string) {
	t.Helper()
	_, err := w.update(t, slug, auth.TenantChange{Policy: p, Reset: reset})
	must(t, err)
}

// TestPolicyFieldsOneByOne: each is set without touching the others, comes back
// as it was given, and is taken back by its name.
func TestPolicyFieldsOneByOne(t *testing.T) {
	w := newWorld(t)
	full := reflect.ValueOf(fullPolicy())
	names := policyFields(t)
	want := auth.Policy{}
	set := func(i int, from reflect.Value) { reflect.ValueOf(&want).Elem().Field(i).Set(from.Field(i)) }
	// Lifetimes first to last would not fit together with the deployment's.
	order := []string{"refreshLife", "sessionLife"}
	for _, n := range names {
		if !slices.Contains(order, n) {
			order = append(order, n)
		}
	}
	for _, n := range order {
		i := slices.Index(names, n)
		set(i, full)
		var one auth.Policy
		reflect.ValueOf(&one).Elem().Field(i).Set(full.Field(i))
		v, err := w.update(t, coded, auth.TenantChange{Policy: one})
		must(t, err)
		if n == "otp" || want.OTP == "" { // what the tenant was made with
			want.OTP = v.Policy.OTP
		}
		if diff := cmp.Diff(want, v.Policy); diff != "" {
			t.Errorf("after %s (-want +got):\n%s", n, diff)
		}
		if got := w.last(t, coded); got.Action != auth.ActionTenant || got.Reason != n || got.Actor != auth.AtCommandLine {
			t.Errorf("%s: the record says %+v", n, got)
		}
	}
	if diff := cmp.Diff(fullPolicy(), w.tenant(t, coded).Policy); diff != "" {
		t.Errorf("in all (-want +got):\n%s", diff)
	}
	slices.Reverse(order)
	for _, n := range order {
		set(slices.Index(names, n), reflect.ValueOf(auth.Policy{}))
		v, err := w.update(t, coded, auth.TenantChange{Reset: []string{n}})
		must(t, err)
		if diff := cmp.Diff(want, v.Policy); diff != "" {
			t.Errorf("without %s (-want +got):\n%s", n, diff)
		}
	}
	if got := w.tenant(t, coded).Policy; !reflect.DeepEqual(got, auth.Policy{}) {
		t.Errorf("at last: got %+v", got)
	}
}

// TestPolicyBounds: the last value that is taken and the first that is not, of
// every field, when a tenant is made and when it is changed.
func TestPolicyBounds(t *testing.T) {
	span := func(d time.Duration) auth.Span { return auth.Span(d) }
	origins := func(n int) (all []string) {
		for i := range n {
			all = append(all, "https://a"+strings.Repeat("x", i)+".example")
		}
		return all
	}
	const year = 365 * 24 * time.Hour
	w := newWorld(t, func(s *auth.Service) { s.Lifetimes.Access = 24 * time.Hour })
	for name, c := range map[string]struct {
		field string
		good  []auth.Policy
		bad   []auth.Policy
	}{
		"otp": {"policy.otp", []auth.Policy{{OTP: auth.OTPOff}, {OTP: auth.OTPEmail}, {OTP: auth.OTPDevice}}, []auth.Policy{{OTP: "sms"}, {OTP: "OFF"}, {OTP: "off "}}},
		"sign-up": {"policy.signUp", []auth.Policy{{SignUp: auth.SignUpOpen}, {SignUp: auth.SignUpInvite}, {SignUp: auth.SignUpClosed}},
			[]auth.Policy{{SignUp: "maybe"}}},
		"taken":    {"policy.taken", []auth.Policy{{Taken: auth.TakenHide}, {Taken: auth.TakenTell}}, []auth.Policy{{Taken: "x"}}},
		"at limit": {"policy.atLimit", []auth.Policy{{AtLimit: auth.LimitOldest}, {AtLimit: auth.LimitRefuse}}, []auth.Policy{{AtLimit: "x"}}},
		"language": {"policy.language", []auth.Policy{{Language: "en"}, {Language: "ko"}}, []auth.Policy{{Language: "fr"}, {Language: "EN"}}},
		"attempts": {"policy.lockAttempts", []auth.Policy{{LockAttempts: 1}, {LockAttempts: 100}}, []auth.Policy{{LockAttempts: -1}, {LockAttempts: 101}}},
		"minutes":  {"policy.lockMinutes", []auth.Policy{{LockMinutes: 1}, {LockMinutes: 525_600}}, []auth.Policy{{LockMinutes: -1}, {LockMinutes: 525_601}}},
		"sessions": {"policy.maxSessions", []auth.Policy{{MaxSessions: 1}, {MaxSessions: 1000}}, []auth.Policy{{MaxSessions: -1}, {MaxSessions: 1001}}},
		"password": {"policy.passwordLength", []auth.Policy{{PasswordLength: 8}, {PasswordLength: 64}},
			[]auth.Policy{{PasswordLength: -8}, {PasswordLength: 7}, {PasswordLength: 65}}},
		"access": {"policy.accessLife", []auth.Policy{{AccessLife: span(time.Minute)}, {AccessLife: span(24 * time.Hour)}},
			[]auth.Policy{{AccessLife: span(time.Minute - 1)}, {AccessLife: span(24*time.Hour + 1)}, {AccessLife: -1}}},
		"refresh": {"policy.refreshLife", []auth.Policy{{RefreshLife: span(time.Minute)}, {RefreshLife: span(10 * year)}},
			[]auth.Policy{{RefreshLife: span(time.Minute - 1)}, {RefreshLife: span(10*year + 1)}, {RefreshLife: -1}}},
		"session": {"policy.sessionLife", []auth.Policy{{SessionLife: span(7 * 24 * time.Hour)}, {SessionLife: span(10 * year)}},
			[]auth.Policy{{SessionLife: span(10*year + 1)}}},
		"access longer than refresh": {"policy.accessLife", []auth.Policy{{AccessLife: span(time.Hour), RefreshLife: span(time.Hour)}},
			[]auth.Policy{{AccessLife: span(2 * time.Hour), RefreshLife: span(time.Hour)}}},
		"session shorter than refresh": {"policy.sessionLife", []auth.Policy{{RefreshLife: span(time.Hour), SessionLife: span(time.Hour)}},
			[]auth.Policy{{RefreshLife: span(2 * time.Hour), SessionLife: span(time.Hour)}, {SessionLife: span(7*24*time.Hour - 1)}}},
		"origins": {"policy.allowedOrigins",
			[]auth.Policy{{AllowedOrigins: []string{}}, {AllowedOrigins: origins(50)}, {AllowedOrigins: []string{"http://localhost:3000", "https://[::1]:8443"}}},
			[]auth.Policy{{AllowedOrigins: origins(51)}, {AllowedOrigins: []string{"*"}}, {AllowedOrigins: []string{"https://*.example.com"}},
				{AllowedOrigins: []string{"https://a.example/"}}, {AllowedOrigins: []string{"https://a.example/path"}}, {AllowedOrigins: []string{"a.example"}},
				{AllowedOrigins: []string{"null"}}, {AllowedOrigins: []string{"ftp://a.example"}}, {AllowedOrigins: []string{"https://u@a.example"}},
				{AllowedOrigins: []string{"https://a.example?x"}}, {AllowedOrigins: []string{"https://a.example#x"}}, {AllowedOrigins: []string{""}},
				{AllowedOrigins: []string{"https://bücher.example"}}, {AllowedOrigins: []string{"https://"}}, {AllowedOrigins: []string{"https://a.example", "x"}},
				{AllowedOrigins: []string{"javascript:alert(1)"}}, {AllowedOrigins: []string{"https://" + strings.Repeat("a", 300) + ".example"}}}},
		"sender": {"policy.mailFrom", []auth.Policy{{MailFrom: "no-reply@acme.example"}, {MailFrom: "Acme <no-reply@acme.example>"}},
			[]auth.Policy{{MailFrom: "acme"}, {MailFrom: "a@acme.example, b@acme.example"}, {MailFrom: "Acme <a@acme.example>\r\nBcc: x@evil.example"}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range c.good {
				_, err := w.update(t, closed, auth.TenantChange{Policy: p})
				refused(t, "change", err, nil)
				w.decide(t, closed, auth.Policy{}, policyFields(t)...)
			}
			before := w.tenant(t, closed)
			for i, p := range c.bad {
				_, err := w.update(t, closed, auth.TenantChange{Policy: p})
				problem(t, "change "+name+" "+string(rune('a'+i)), err, c.field)
				_, err = w.CreateTenant(t.Context(), w.operator(t, home), auth.NewTenantInput{Name: "acme", Policy: p})
				problem(t, "create "+name+" "+string(rune('a'+i)), err, c.field)
			}
			if diff := cmp.Diff(before, w.tenant(t, closed)); diff != "" {
				t.Errorf("what was refused has happened:\n%s", diff)
			}
		})
	}
}

// TestNoAccessTokenOutlivesTheDeployments: a key that signs no more is kept for
// as long as that alone.
func TestNoAccessTokenOutlivesTheDeployments(t *testing.T) {
	w := newWorld(t)
	w.decide(t, home, auth.Policy{AccessLife: auth.Span(15 * time.Minute)})
	_, err := w.update(t, home, auth.TenantChange{Policy: auth.Policy{AccessLife: auth.Span(15*time.Minute + 1)}})
	problem(t, "longer", err, "policy.accessLife")
	w.Lifetimes.Access = 5 * time.Minute // as after a restart with another setting
	w.join(t, home, "ben")
	if g := w.login(t, "ben"); g.AccessTokenExpiresAt.Sub(w.clock.Now()) > 5*time.Minute+time.Second {
		t.Errorf("a token lives for %s, and no other may for more than 5m", g.AccessTokenExpiresAt.Sub(w.clock.Now()))
	}
	w.Lifetimes.Access = 30 * time.Second
	_, err = w.update(t, home, auth.TenantChange{Policy: auth.Policy{AccessLife: auth.Span(30 * time.Second)}})
	refused(t, "as short as the deployment's", err, nil)
}

// TestLivesFitTogetherWhicheverIsNew: a change of one is judged beside what the
// tenant has of the others, not beside the deployment's.
func TestLivesFitTogetherWhicheverIsNew(t *testing.T) {
	w := newWorld(t)
	w.decide(t, home, auth.Policy{RefreshLife: auth.Span(time.Hour)})
	_, err := w.update(t, home, auth.TenantChange{Policy: auth.Policy{SessionLife: auth.Span(24 * time.Hour)}})
	refused(t, "a session of a day beside a refresh of an hour", err, nil)
	_, err = w.update(t, home, auth.TenantChange{Policy: auth.Policy{RefreshLife: auth.Span(48 * time.Hour)}})
	problem(t, "a refresh of two days beside a session of one", err, "policy.sessionLife")
	_, err = w.update(t, home, auth.TenantChange{Reset: []string{"refreshLife"}})
	problem(t, "the deployment's refresh beside a session of a day", err, "policy.sessionLife")
	_, err = w.update(t, home, auth.TenantChange{Reset: []string{"refreshLife", "sessionLife"}})
	refused(t, "both at once", err, nil)
}

// TestOrigins are kept as browsers send them, each once; an empty list is none,
// which is not the deployment's.
func TestOrigins(t *testing.T) {
	w := newWorld(t, func(s *auth.Service) { s.Policy.AllowedOrigins = []string{"https://ours.example"} })
	w.decide(t, closed, auth.Policy{AllowedOrigins: []string{"https://B.example:443", "http://a.example:80", "HTTPS://b.example", "https://b.example:80", "http://a.example:443"}})
	want := []string{"http://a.example", "http://a.example:443", "https://b.example", "https://b.example:80"}
	if got := w.TenantPolicy(t.Context(), closed).AllowedOrigins; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for origin, known := range map[string]bool{"https://b.example": true, "https://ours.example": true, "https://b.example:443": false, "https://c.example": false, "": false, "*": false} {
		if got := w.OriginKnown(t.Context(), origin); got != known {
			t.Errorf("%q: known %t, want %t", origin, got, known)
		}
	}
	w.decide(t, closed, auth.Policy{AllowedOrigins: []string{}})
	if got := w.TenantPolicy(t.Context(), closed).AllowedOrigins; got == nil || len(got) != 0 {
		t.Errorf("an empty list: got %q", got)
	}
	if w.OriginKnown(t.Context(), "https://b.example") {
		t.Error("an origin that was taken away is known")
	}
	w.decide(t, closed, auth.Policy{}, "allowedOrigins")
	if got := w.TenantPolicy(t.Context(), closed).AllowedOrigins; !slices.Equal(got, []string{"https://ours.example"}) {
		t.Errorf("reset: got %q", got)
	}
	mend := w.store.breaks(func(string) error { return auth.ErrUnavailable }, nil)
	defer mend()
	if w.OriginKnown(t.Context(), "https://c.example") {
		t.Error("let in without the database")
	}
}

// TestPolicyInForce has the deployment's word, or the default, wherever the
// tenant says nothing: every field is filled.
func TestPolicyInForce(t *testing.T) {
	deployment := fullPolicy()
	w := newWorld(t, func(s *auth.Service) {
		s.Policy = deployment
		s.Policy.AccessLife, s.Policy.RefreshLife, s.Policy.SessionLife = 0, 0, 0
		s.Lifetimes = auth.Lifetimes{Access: 5 * time.Minute, Refresh: time.Hour, Session: 24 * time.Hour}
	})
	show := func(slug string) auth.Policy {
		v, err := w.Tenant(t.Context(), w.operator(t, home), auth.TenantRef{ID: slug})
		must(t, err)
		return v.InForce
	}
	if diff := cmp.Diff(deployment, show(home)); diff != "" {
		t.Errorf("of a tenant that says nothing (-deployment +got):\n%s", diff)
	}
	own := auth.Policy{
		OTP: auth.OTPOff, SignUp: auth.SignUpOpen, AllowedOrigins: []string{}, BrowserTokens: new(bool), Language: "en", Taken: auth.TakenTell,
		LockAttempts: 9, LockMinutes: 9, MaxSessions: 9, AtLimit: auth.LimitOldest, AccessLife: auth.Span(time.Minute),
		RefreshLife: auth.Span(2 * time.Minute), SessionLife: auth.Span(3 * time.Minute), PasswordLength: 9, MailFrom: "<a@acme.example>",
	}
	w.decide(t, home, own)
	if diff := cmp.Diff(own, show(home)); diff != "" {
		t.Errorf("of one that says all (-own +got):\n%s", diff)
	}
	plain := newWorld(t, func(s *auth.Service) { s.Policy = auth.Policy{} })
	v, err := plain.Tenant(t.Context(), plain.operator(t, home), auth.TenantRef{ID: home})
	must(t, err)
	want := auth.Policy{
		OTP: auth.OTPEmail, SignUp: auth.SignUpOpen, Taken: auth.TakenTell, LockAttempts: 7, LockMinutes: 60, MaxSessions: 20, AtLimit: auth.LimitOldest,
		AccessLife: auth.Span(15 * time.Minute), RefreshLife: auth.Span(7 * 24 * time.Hour), SessionLife: auth.Span(90 * 24 * time.Hour), PasswordLength: 8,
	}
	if diff := cmp.Diff(want, v.InForce); diff != "" {
		t.Errorf("where nobody says anything (-want +got):\n%s", diff)
	}
	if text, err := json.Marshal(v.Policy); err != nil || string(text) != "{}" {
		t.Errorf("an empty policy is written as %s", text)
	}
}
