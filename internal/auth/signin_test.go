package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/password"
)

// joined is a world with ann in it, who has every name there is.
func joined(t *testing.T, change ...func(*auth.Service)) (w *world, id string) {
	t.Helper()
	w = newWorld(t, change...)
	out, err := w.SignUp(t.Context(), w.anyone(t, coded), auth.SignUpInput{
		Name: "Ann", Email: "ann@bücher.example", Username: "Ann.Lee", Mobile: "010-1234-5678", Password: secret,
	})
	must(t, err)
	w.seats(t, out.ID, w.main(t, home, auth.RoleManager), w.seat(t, coded, auth.RoleUser))
	return w, out.ID
}

func TestSignInByEveryName(t *testing.T) {
	w, id := joined(t)
	for name, in := range map[string]auth.SignInInput{
		"e-mail":                {Name: "ann@bücher.example"},
		"e-mail in other case":  {Name: "ANN@BÜCHER.Example"},
		"e-mail as punycode":    {Name: "ann@xn--bcher-kva.example"},
		"e-mail, full-width at": {Name: "ann＠bücher.example"},
		"e-mail in email":       {Email: "ann@bücher.example"},
		"e-mail in both":        {Name: "ann@bücher.example", Email: "ann@bücher.example"},
		"username":              {Name: "ann.lee"},
		"username in caps":      {Name: "ANN.LEE"},
		"mobile":                {Name: "01012345678"},
		"mobile with dashes":    {Name: "010-1234-5678"},
		"mobile with spaces":    {Name: "010 1234 5678"},
	} {
		t.Run(name, func(t *testing.T) {
			in.Password = secret
			out, err := w.SignIn(t.Context(), w.anyone(t, home), in)
			must(t, err)
			if out.Outcome() != auth.OutcomeLogin || out.Challenge != nil || out.User.ID != id || out.User.Role != auth.RoleManager {
				t.Fatalf("got %+v", out)
			}
			by := w.enter(t, out.AccessToken)
			if by.Account.User.ID != id || by.Session.ID != out.SessionID {
				t.Errorf("the token is of %s", by.Account.User.ID)
			}
		})
	}
}

// TestSignInRefusals: every reason not to come in, and whether its answer tells
// anything (ASVS 5.0 V6.3.8). What is told is written down in any case.
func TestSignInRefusals(t *testing.T) {
	until := newClock().Now().Add(time.Hour)
	lab := func(o *auth.Origin) { o.Space = "0190b5c0-0000-7000-8000-000000000001" }
	for name, c := range map[string]struct {
		slug   string
		in     auth.SignInInput
		origin func(*auth.Origin)
		edit   func(*auth.User)
		want   *auth.Error
		reason string
		meta   auth.Meta
	}{
		"wrong password":              {in: auth.SignInInput{Name: "ann.lee", Password: wrong}, want: auth.ErrCredentials, reason: "wrong_password"},
		"password and one more":       {in: auth.SignInInput{Name: "ann.lee", Password: secret + "x"}, want: auth.ErrCredentials, reason: "wrong_password"},
		"password in other case":      {in: auth.SignInInput{Name: "ann.lee", Password: auth.Secret(strings.ToUpper(secret))}, want: auth.ErrCredentials, reason: "wrong_password"},
		"password with a space after": {in: auth.SignInInput{Name: "ann.lee", Password: secret + " "}, want: auth.ErrCredentials, reason: "wrong_password"},
		"unknown username":            {in: auth.SignInInput{Name: "bob", Password: secret}, want: auth.ErrCredentials, reason: "unknown_name"},
		"unknown e-mail":              {in: auth.SignInInput{Email: "bob@example.com", Password: secret}, want: auth.ErrCredentials, reason: "unknown_name"},
		"a name nobody can have":      {in: auth.SignInInput{Name: "' or 1=1 --", Password: secret}, want: auth.ErrCredentials, reason: "unknown_name"},
		"a homograph":                 {in: auth.SignInInput{Name: "аnn.lee", Password: secret}, want: auth.ErrCredentials, reason: "unknown_name"},
		"disabled":                    {edit: func(u *auth.User) { u.Status = auth.UserDisabled }, want: auth.ErrCredentials, reason: "disabled"},
		"disabled, wrong password": {in: auth.SignInInput{Name: "ann.lee", Password: wrong},
			edit: func(u *auth.User) { u.Status = auth.UserDisabled }, want: auth.ErrCredentials, reason: "wrong_password"},
		"locked": {edit: func(u *auth.User) { u.Status = auth.UserLocked }, want: auth.ErrLocked, reason: "locked"},
		"locked for an hour": {edit: func(u *auth.User) { u.Status, u.LockedUntil = auth.UserLocked, until }, want: auth.ErrLocked,
			reason: "locked", meta: auth.Meta{RetryAfter: 3600}},
		"locked, wrong password": {in: auth.SignInInput{Name: "ann.lee", Password: wrong},
			edit: func(u *auth.User) { u.Status = auth.UserLocked }, want: auth.ErrCredentials, reason: "wrong_password"},
		"locked until now":      {edit: func(u *auth.User) { u.Status, u.LockedUntil = auth.UserLocked, newClock().Now() }},
		"no password stored":    {edit: func(u *auth.User) { u.PasswordHash = "" }, want: auth.ErrCredentials, reason: "wrong_password"},
		"broken hash":           {edit: func(u *auth.User) { u.PasswordHash = "$argon2id$v=19$m=64" }, want: auth.ErrCredentials, reason: "wrong_password"},
		"the password for hash": {edit: func(u *auth.User) { u.PasswordHash = secret }, want: auth.ErrCredentials, reason: "wrong_password"},
		"no seat in the tenant": {slug: closed, want: auth.ErrCredentials, reason: "unknown_name"},
		"another directory":     {slug: far, want: auth.ErrCredentials, reason: "unknown_name"},
		"no seat in the space":  {origin: lab, want: auth.ErrForbidden, reason: "no_seat_in_space"},
		"no seat in the space, wrong password": {origin: lab, in: auth.SignInInput{Name: "ann.lee", Password: wrong},
			want: auth.ErrCredentials, reason: "wrong_password"},
		"no seat in tenant, a space": {slug: closed, origin: lab, want: auth.ErrCredentials, reason: "unknown_name"},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t)
			if c.edit != nil {
				w.change(t, id, c.edit)
			}
			if c.in == (auth.SignInInput{}) {
				c.in = auth.SignInInput{Name: "ann.lee", Password: secret}
			}
			if c.slug == "" {
				c.slug = home
			}
			if c.origin == nil {
				c.origin = func(*auth.Origin) {}
			}
			out, err := w.SignIn(t.Context(), w.anyone(t, c.slug, c.origin), c.in)
			refused(t, "log in", err, c.want)
			if c.want == nil {
				return
			}
			if out.Grant != nil || out.Challenge != nil || len(w.living(t, id)) != 0 || len(w.mail.sent) != 0 {
				t.Errorf("got %+v beside the error", out)
			}
			if diff := cmp.Diff(c.meta, meta(err)); diff != "" {
				t.Errorf("the answer tells more than that:\n%s", diff)
			}
			if n := w.wrote(t, c.slug, auth.ActionLoginFailed, c.reason); n != 1 {
				t.Errorf("got %d events with reason %s, want 1: %+v", n, c.reason, w.events(t, c.slug))
			}
		})
	}
}

func TestSignInChecksItsInput(t *testing.T) {
	w, _ := joined(t)
	for name, c := range map[string]struct {
		in   auth.SignInInput
		want string
	}{
		"no name":          {auth.SignInInput{Password: secret}, "usernameOrEmailOrMobile"},
		"no password":      {auth.SignInInput{Name: "ann.lee"}, "password"},
		"two names":        {auth.SignInInput{Name: "ann.lee", Email: "ann@bücher.example", Password: secret}, "email"},
		"long name":        {auth.SignInInput{Name: strings.Repeat("a", 255), Password: secret}, "usernameOrEmailOrMobile"},
		"long e-mail":      {auth.SignInInput{Email: strings.Repeat("a", 255), Password: secret}, "email"},
		"huge password":    {auth.SignInInput{Name: "ann.lee", Password: auth.Secret(strings.Repeat("a", 1025))}, "password"},
		"device name":      {auth.SignInInput{Name: "ann.lee", Password: secret, DeviceName: "a\nb"}, "deviceName"},
		"long device name": {auth.SignInInput{Name: "ann.lee", Password: secret, DeviceName: strings.Repeat("a", 65)}, "deviceName"},
	} {
		by := w.anyone(t, home)
		before := w.store.count()
		_, err := w.SignIn(t.Context(), by, c.in)
		refused(t, name, err, auth.ErrValidation)
		if f := meta(err).Fields; len(f) != 1 || f[0].Field != c.want {
			t.Errorf("%s: got fields %v, want %s", name, f, c.want)
		}
		if w.store.count() != before {
			t.Errorf("%s: the store was asked", name)
		}
	}
}

func TestSignInWithSpace(t *testing.T) {
	w, id := joined(t)
	lab := auth.Seat{Tenant: w.tenant(t, home).ID, Space: w.addSpace(t, home, "lab").ID, Role: auth.RoleAdmin}
	w.seats(t, id, lab, w.main(t, home, auth.RoleUser))
	g := w.login(t, "ann.lee")
	if g.User.Role != auth.RoleUser {
		t.Errorf("without a space: got role %s, want that of the main seat", g.User.Role)
	}
	g = w.login(t, "ann.lee", func(o *auth.Origin) { o.Space = lab.Space })
	if g.User.Role != auth.RoleAdmin || w.session(t, g.SessionID).Space != lab.Space {
		t.Errorf("with a space: got role %s in %s", g.User.Role, w.session(t, g.SessionID).Space)
	}
}

// TestSignInTellsOfTheSession: what a login keeps and gives out.
func TestSignInTellsOfTheSession(t *testing.T) {
	w, id := joined(t)
	w.clock.advance(1234567 * time.Microsecond)
	out, err := w.SignIn(t.Context(), w.anyone(t, home, func(o *auth.Origin) { o.Agent = strings.Repeat("é", 400) }),
		auth.SignInInput{Name: "ann.lee", Password: secret, DeviceName: " Ann's laptop "})
	must(t, err)
	now := auth.Milliseconds(w.clock.Now())
	s := w.session(t, out.SessionID)
	if s.User != id || s.DeviceName != "Ann's laptop" || s.IP != "192.0.2.7" || len(s.Agent) != 512 || s.Counter != 0 || !s.CreatedAt.Equal(now) {
		t.Errorf("session: got %+v", s)
	}
	if !s.ExpiresAt.Equal(now.Add(90 * 24 * time.Hour)) {
		t.Errorf("ends at %v, want in 90 days", s.ExpiresAt)
	}
	within(t, "refresh token", out.RefreshTokenExpiresAt.Sub(now), 7*24*time.Hour)
	within(t, "access token", out.AccessTokenExpiresAt.Sub(now), 15*time.Minute)
	if !out.RefreshTokenExpiresAt.Equal(s.IdleUntil) {
		t.Errorf("refresh token ends at %v, its session idle at %v", out.RefreshTokenExpiresAt, s.IdleUntil)
	}
	if out.MainTenantID != home || len(out.User.Tenants) != 2 || !out.User.LastLoginAt.Equal(now) || !w.user(t, id).LastLoginAt.Equal(now) {
		t.Errorf("user: got %+v", out.User)
	}
	if n := w.wrote(t, home, auth.ActionLogin, ""); n != 1 {
		t.Errorf("got %d login events, want 1", n)
	}
}

// within wants a lifetime shortened by at most a twentieth and a second.
func within(t *testing.T, what string, got, full time.Duration) {
	t.Helper()
	if got > full || got < full-full/20-time.Second {
		t.Errorf("%s lives for %v, want up to %v", what, got, full)
	}
}

// TestDeviceTokenMarksTheDevice: it comes back in the next login, for that
// account and for no other.
func TestDeviceTokenMarksTheDevice(t *testing.T) {
	w, id := joined(t)
	other := w.join(t, home, "bob")
	first, cooked, posted := w.login(t, "ann.lee"), w.login(t, "ann.lee"), w.login(t, "ann.lee")
	for name, c := range map[string]struct {
		who  string
		cook auth.Secret
		body auth.Secret
		same bool
	}{
		"by cookie":       {"ann.lee", auth.Secret(cooked.DeviceToken), "", true},
		"by body":         {"ann.lee", "", auth.Secret(posted.DeviceToken), true},
		"none":            {"ann.lee", "", "", false},
		"garbage":         {"ann.lee", "garbage", "", false},
		"refresh token":   {"ann.lee", auth.Secret(first.RefreshToken), "", false},
		"another account": {"bob", auth.Secret(first.DeviceToken), "", false},
		"bit flipped":     {"ann.lee", auth.Secret("B" + string(first.DeviceToken)[1:]), "", false},
	} {
		out, err := w.SignIn(t.Context(), w.anyone(t, home, func(o *auth.Origin) { o.Device = c.cook }),
			auth.SignInInput{Name: c.who, Password: secret, DeviceToken: c.body})
		must(t, err)
		got := w.session(t, out.SessionID).Device
		same := false
		for _, g := range []auth.Grant{first, cooked, posted} {
			same = same || got == w.session(t, g.SessionID).Device
		}
		if same != c.same || same != w.session(t, out.SessionID).Known {
			t.Errorf("%s: the same device: %t, want %t", name, same, c.same)
		}
		owner := id
		if c.who == "bob" {
			owner = other
		}
		if read, ok := w.Vault.DeviceID(auth.DefaultDirectory, owner, auth.Secret(out.DeviceToken)); !ok || read != got {
			t.Errorf("%s: the new device token names %s, want %s", name, read, got)
		}
	}
}

// TestRehash: a right password brings its hash up to the setting, a wrong one
// never, and each hash keeps opening.
func TestRehash(t *testing.T) {
	imported, err := bcrypt.GenerateFromPassword([]byte(secret), bcrypt.MinCost)
	must(t, err)
	for name, c := range map[string]struct {
		hash    auth.Secret // "": as signed up
		setting password.Config
		want    string
	}{
		"same setting":     {"", password.Config{MemoryKiB: 64, Time: 1}, ""},
		"more passes":      {"", password.Config{MemoryKiB: 64, Time: 2}, "$argon2id$v=19$m=64,t=2,p=1$"},
		"less memory":      {"", password.Config{MemoryKiB: 32, Time: 1}, "$argon2id$v=19$m=32,t=1,p=1$"},
		"argon2 to bcrypt": {"", password.Config{BcryptCost: 4}, "$2a$04$"},
		"imported bcrypt":  {auth.Secret(imported), password.Config{MemoryKiB: 64, Time: 1}, "$argon2id$"},
		"bcrypt of PHP":    {auth.Secret("$2y$" + string(imported[4:])), password.Config{MemoryKiB: 64, Time: 1}, "$argon2id$"},
		"bcrypt, dearer":   {auth.Secret(imported), password.Config{BcryptCost: 5}, "$2a$05$"},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t)
			if c.hash != "" {
				w.change(t, id, func(u *auth.User) { u.PasswordHash = c.hash })
			}
			w.Passwords = hasher(t, c.setting)
			before := w.user(t, id).PasswordHash
			_, err := w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Name: "ann.lee", Password: wrong})
			refused(t, "wrong password", err, auth.ErrCredentials)
			if w.user(t, id).PasswordHash != before {
				t.Error("a wrong password changed the hash")
			}
			for range 2 {
				w.login(t, "ann.lee")
			}
			after := w.user(t, id).PasswordHash
			times := 1
			if c.want == "" {
				c.want, times = before.Reveal(), 0
			}
			if !strings.HasPrefix(after.Reveal(), c.want) {
				t.Error("the hash has not the form of the setting")
			}
			if n := w.wrote(t, home, auth.ActionPasswordHash, ""); n != times {
				t.Errorf("got %d rehashes, want %d", n, times)
			}
		})
	}
}

// TestRehashDoesNotUndoANewPassword: one that was set between the check of the
// old one and the storing of its new hash.
func TestRehashDoesNotUndoANewPassword(t *testing.T) {
	w, id := joined(t)
	w.Passwords = hasher(t, password.Config{MemoryKiB: 32, Time: 1})
	fresh, err := w.Passwords.Hash(t.Context(), "", wrong)
	must(t, err)
	changed := false
	defer w.store.breaks(func(method string) error {
		if method == "UpdateUser" && !changed {
			changed = true // at once: the change below is an UpdateUser too
			w.change(t, id, func(u *auth.User) { u.PasswordHash = auth.Secret(fresh) })
		}
		return nil
	}, nil)()
	w.login(t, "ann.lee")
	if w.user(t, id).PasswordHash != auth.Secret(fresh) {
		t.Error("the old password's new hash took the place of the new password's")
	}
}

// TestSessionLivesAsLongAsItsRefreshToken: also where the setting says less.
func TestSessionLivesAsLongAsItsRefreshToken(t *testing.T) {
	w, id := joined(t, func(s *auth.Service) { s.Lifetimes = auth.Lifetimes{Refresh: 48 * time.Hour, Session: 24 * time.Hour} })
	g := w.login(t, "ann.lee")
	end := w.clock.Now().Add(48 * time.Hour)
	if s := w.living(t, id)[0]; g.RefreshTokenExpiresAt.After(end) || !s.IdleUntil.Equal(g.RefreshTokenExpiresAt) || !s.ExpiresAt.Equal(end) {
		t.Errorf("the refresh token ends at %v, idle at %v, the session at %v", g.RefreshTokenExpiresAt, s.IdleUntil, s.ExpiresAt)
	}
}

// TestLastLoginIsTold: of the newest login, though the account is in memory.
func TestLastLoginIsTold(t *testing.T) {
	w, _ := joined(t)
	for range 2 {
		w.clock.advance(time.Second)
		me, err := w.Me(t.Context(), w.enter(t, w.login(t, "ann.lee").AccessToken), struct{}{})
		must(t, err)
		if !me.LastLoginAt.Equal(w.clock.Now()) {
			t.Errorf("got %v, want %v", me.LastLoginAt, w.clock.Now())
		}
	}
}

// TestOnlyOffTakesTheCodeAway: a policy that nobody set, or that this version
// has not heard of, asks for the code.
func TestOnlyOffTakesTheCodeAway(t *testing.T) {
	for policy, want := range map[auth.OTPPolicy]bool{auth.OTPOff: false, auth.OTPEmail: true, auth.OTPInherit: true, "OFF": true, "new-device": true} {
		w, _ := joined(t, func(s *auth.Service) { s.Policy.OTP = policy })
		out, err := w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Name: "ann.lee", Password: secret})
		must(t, err)
		if got := out.Challenge != nil; got != want || (out.Grant == nil) != want {
			t.Errorf("policy %q: a code is asked for: %t, want %t", policy, got, want)
		}
	}
}
