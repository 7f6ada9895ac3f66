package auth_test

import (
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// imported is dan as another system knew him, with a hash of secret.
func imported(t *testing.T, w *world, edit func(*auth.ImportedUser)) auth.ImportedUser {
	t.Helper()
	hash, err := w.Passwords.Hash(t.Context(), "", secret)
	must(t, err)
	in := auth.ImportedUser{
		Name: "Dan", Email: "Dan@Example.com", PasswordHash: auth.Secret(hash), Username: "dan", Role: "clerk", EmailVerified: true,
		CreatedAt: time.Date(2019, 5, 6, 7, 8, 9, 1_500_000, time.UTC),
	}
	if edit != nil {
		edit(&in)
	}
	return in
}

// TestImport: who comes over logs in with the old password, has what they had,
// and is mailed nothing; once more changes nothing.
func TestImport(t *testing.T) {
	s := staffed(t)
	op, mails := s.operator(t, home), s.waiting(t)
	in := imported(t, s.world, nil)
	out, err := s.ImportUser(t.Context(), op, in)
	if err != nil || out != auth.Imported {
		t.Fatalf("got %s, %v", out, err)
	}
	u := s.named(t, "dan@example.com")
	if u.Name != "Dan" || u.Username != "dan" || !u.CreatedAt.Equal(in.CreatedAt.Truncate(time.Millisecond)) || u.VerifiedAt.IsZero() ||
		u.Status != auth.UserActive || s.role(t, u.ID, home) != "clerk" {
		t.Errorf("the user is %+v", u)
	}
	if e := s.last(t, home); e.Action != auth.ActionUserImported || e.User != u.ID || e.Actor != auth.AtCommandLine {
		t.Errorf("the record says %+v", e)
	}
	s.login(t, "dan")
	before, account := len(s.events(t, home)), s.account(t, u.ID)
	out, err = s.ImportUser(t.Context(), op, imported(t, s.world, func(in *auth.ImportedUser) { in.Name, in.Role, in.PasswordHash = "Other", auth.RoleAdmin, "" }))
	if err != nil || out != auth.ImportOld || len(s.events(t, home)) != before || s.account(t, u.ID).User != account.User {
		t.Errorf("again: got %s, %v", out, err)
	}
	s.login(t, "dan")
	out, err = s.ImportUser(t.Context(), s.operator(t, annex), imported(t, s.world, func(in *auth.ImportedUser) { in.Role, in.PasswordHash = auth.RoleManager, "" }))
	if err != nil || out != auth.ImportAdd || s.role(t, u.ID, annex) != auth.RoleManager || s.role(t, u.ID, home) != "clerk" {
		t.Errorf("into another tenant: got %s, %v", out, err)
	}
	if a := s.account(t, u.ID); !a.Seats[0].Main || a.Seats[1].Main {
		t.Errorf("the seats are %+v", a.Seats)
	}
	s.login(t, "dan")
	if n := s.waiting(t) - mails; n != 0 {
		t.Errorf("%d mails beside those of the logins", n)
	}
}

// waiting counts the mails in the outbox, but those about logins.
func (w *world) waiting(t testing.TB) int {
	t.Helper()
	queued, _, err := w.store.Waiting(t.Context())
	must(t, err)
	return queued - len(w.inbox(t, auth.MessageNewDevice))
}

// TestImportKinds: without a password, not proven, disabled.
func TestImportKinds(t *testing.T) {
	s := staffed(t)
	op := s.operator(t, home)
	_, err := s.ImportUser(t.Context(), op, imported(t, s.world, func(in *auth.ImportedUser) {
		in.PasswordHash, in.EmailVerified, in.Role, in.CreatedAt = "", false, "", time.Time{}
	}))
	must(t, err)
	u := s.named(t, "dan@example.com")
	if !u.VerifiedAt.IsZero() || !u.CreatedAt.Equal(s.clock.Now()) || s.role(t, u.ID, home) != auth.RoleUser {
		t.Errorf("the user is %+v", u)
	}
	for _, plain := range []auth.Secret{secret, "x"} {
		_, err = s.SignIn(t.Context(), s.anyone(t, home), auth.SignInInput{Name: "dan", Password: plain})
		refused(t, "without a password", err, auth.ErrCredentials)
	}
	_, err = s.ForgotPassword(t.Context(), s.anyone(t, home), auth.EmailInput{Email: "dan@example.com"})
	must(t, err)
	must(t, s.reset(t, s.mailed(t, auth.MessageReset), renewed))
	if _, err = s.SignIn(t.Context(), s.anyone(t, home), auth.SignInInput{Name: "dan", Password: renewed}); err != nil {
		t.Error(err)
	}
	_, err = s.ImportUser(t.Context(), op, imported(t, s.world, func(in *auth.ImportedUser) { in.Email, in.Username, in.Disabled = "eli@example.com", "", true }))
	must(t, err)
	_, err = s.SignIn(t.Context(), s.anyone(t, home), auth.SignInInput{Name: "eli@example.com", Password: secret})
	refused(t, "disabled", err, auth.ErrCredentials)
}

// TestImportRefusals: what cannot be taken over is named, and nothing is left
// of it.
func TestImportRefusals(t *testing.T) {
	s := staffed(t)
	op := s.operator(t, home)
	s.addRole(t, annex, "theirs")
	for name, c := range map[string]struct {
		edit  func(*auth.ImportedUser)
		field string
		want  *auth.Error
	}{
		"no name":               {func(in *auth.ImportedUser) { in.Name = "" }, "name", auth.ErrValidation},
		"no address":            {func(in *auth.ImportedUser) { in.Email = "" }, "email", auth.ErrValidation},
		"a bad address":         {func(in *auth.ImportedUser) { in.Email = "dan" }, "email", auth.ErrValidation},
		"a bad username":        {func(in *auth.ImportedUser) { in.Username = "d n" }, "username", auth.ErrValidation},
		"an unknown hash":       {func(in *auth.ImportedUser) { in.PasswordHash = "md5$c3fcd3d76192e4007dfb496cca67e13b" }, "passwordHash", auth.ErrValidation},
		"a password for a hash": {func(in *auth.ImportedUser) { in.PasswordHash = secret }, "passwordHash", auth.ErrValidation},
		"a costly hash": {func(in *auth.ImportedUser) {
			in.PasswordHash = "$argon2id$v=19$m=4194304,t=99,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b4dWRWJTmaaJObGRdescudvJCs"
		}, "passwordHash", auth.ErrValidation},
		"from the future":  {func(in *auth.ImportedUser) { in.CreatedAt = s.clock.Now().Add(time.Second) }, "createdAt", auth.ErrValidation},
		"before computers": {func(in *auth.ImportedUser) { in.CreatedAt = time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC) }, "createdAt", auth.ErrValidation},
		"no such role":     {func(in *auth.ImportedUser) { in.Role = "owner" }, "role", auth.ErrValidation},
		"another's role":   {func(in *auth.ImportedUser) { in.Role = "theirs" }, "role", auth.ErrValidation},
		"no such space":    {func(in *auth.ImportedUser) { in.SpaceID = "moon" }, "", auth.ErrSpaceNotFound},
		"a taken username": {func(in *auth.ImportedUser) { in.Username = "ben" }, "username", auth.ErrDuplicate},
	} {
		in := imported(t, s.world, c.edit)
		out, err := s.ImportUser(t.Context(), op, in)
		refused(t, name, err, c.want)
		if f := meta(err).Fields; out != "" || c.field != "" && (len(f) != 1 || f[0].Field != c.field) {
			t.Errorf("%s: got %q and problems %v, want %s", name, out, f, c.field)
		}
	}
	if n := s.wroteOf(t, home, auth.ActionUserImported); n != 0 {
		t.Errorf("%d imports written down", n)
	}
}

// TestImportGivesNoSeatToWhoWaitsForIt: somebody made an account with the address
// in another tenant, and has its password; nobody has proved to own the address.
func TestImportGivesNoSeatToWhoWaitsForIt(t *testing.T) {
	s := staffed(t)
	id := s.join(t, annex, "dan")
	in := imported(t, s.world, func(in *auth.ImportedUser) { in.Role, in.EmailVerified = auth.RoleAdmin, true })
	_, err := s.ImportUser(t.Context(), s.operator(t, home), in)
	refused(t, "import", err, auth.ErrUnproven)
	if n := len(s.account(t, id).Seats); n != 1 {
		t.Errorf("it has %d seats, want its own", n)
	}
	s.change(t, id, func(u *auth.User) { u.VerifiedAt = s.clock.Now() })
	out, err := s.ImportUser(t.Context(), s.operator(t, home), in)
	if err != nil || out != auth.ImportAdd {
		t.Errorf("once it is proved: got %s, %v", out, err)
	}
}

// TestImportTwiceAtOnce: as when it is started twice.
func TestImportTwiceAtOnce(t *testing.T) {
	s := staffed(t)
	s.change(t, s.join(t, annex, "dan"), func(u *auth.User) { u.VerifiedAt = s.clock.Now() })
	for name, slug := range map[string]string{"dan@example.com": home, "fay@example.com": home} {
		in := imported(t, s.world, func(in *auth.ImportedUser) { in.Email, in.Username, in.Role = name, "", "" })
		op := s.operator(t, slug)
		var all sync.WaitGroup
		outs, errs := make([]auth.ImportOutcome, 8), make([]error, 8)
		for i := range outs {
			all.Go(func() { outs[i], errs[i] = s.ImportUser(t.Context(), op, in) })
		}
		all.Wait()
		did := 0
		for i, out := range outs {
			if errs[i] != nil {
				t.Errorf("%s: %v", name, errs[i])
			}
			if out != auth.ImportOld {
				did++
			}
		}
		if u := s.named(t, name); did != 1 || s.role(t, u.ID, home) != auth.RoleUser {
			t.Errorf("%s: %d of eight did it: %v", name, did, outs)
		}
	}
}
