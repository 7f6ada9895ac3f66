package auth_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// ann is a whole sign-up; edit makes it another one.
func ann(edit func(*auth.SignUpInput)) auth.SignUpInput {
	in := auth.SignUpInput{Name: "Ann Lee", Email: "ann@example.com", Password: secret}
	edit(&in)
	return in
}

func TestSignUpNamesEveryFieldThatIsWrong(t *testing.T) {
	w := newWorld(t)
	w.addTenant(t, "open", auth.DefaultDirectory, auth.TenantActive, auth.Policy{})
	for name, c := range map[string]struct {
		edit func(*auth.SignUpInput)
		want []string
	}{
		"nothing":                      {func(in *auth.SignUpInput) { *in = auth.SignUpInput{} }, []string{"name", "email", "password"}},
		"blank name":                   {func(in *auth.SignUpInput) { in.Name = " \t " }, []string{"name"}},
		"long name":                    {func(in *auth.SignUpInput) { in.Name = strings.Repeat("김", 101) }, []string{"name"}},
		"line break in name":           {func(in *auth.SignUpInput) { in.Name = "Ann\r\nBcc: x" }, []string{"name"}},
		"line separator in name":       {func(in *auth.SignUpInput) { in.Name = "Ann\u2028Lee" }, []string{"name"}},
		"turned text in name":          {func(in *auth.SignUpInput) { in.Name = "Ann\u202eeeL" }, []string{"name"}},
		"name not UTF-8":               {func(in *auth.SignUpInput) { in.Name = "Ann\xff" }, []string{"name"}},
		"NUL in nickname":              {func(in *auth.SignUpInput) { in.Nickname = "A\x00" }, []string{"nickname"}},
		"long nickname":                {func(in *auth.SignUpInput) { in.Nickname = strings.Repeat("a", 101) }, []string{"nickname"}},
		"e-mail":                       {func(in *auth.SignUpInput) { in.Email = "ann" }, []string{"email"}},
		"username":                     {func(in *auth.SignUpInput) { in.Username = "a" }, []string{"username"}},
		"username like a number":       {func(in *auth.SignUpInput) { in.Username = "0101234567" }, []string{"username"}},
		"mobile":                       {func(in *auth.SignUpInput) { in.Mobile = "12" }, []string{"mobile"}},
		"phone":                        {func(in *auth.SignUpInput) { in.Phone = "12" }, []string{"phone"}},
		"phone and mobile differ":      {func(in *auth.SignUpInput) { in.Phone, in.Mobile = "01012345678", "01012345679" }, []string{"phone"}},
		"short password":               {func(in *auth.SignUpInput) { in.Password = "k7$Qz1!" }, []string{"password"}},
		"long password":                {func(in *auth.SignUpInput) { in.Password = auth.Secret(strings.Repeat("kzq7 ", 26)) }, []string{"password"}},
		"common password":              {func(in *auth.SignUpInput) { in.Password = "Password1" }, []string{"password"}},
		"password of own name":         {func(in *auth.SignUpInput) { in.Name, in.Password = "Zebediah Quux", "zebediah.2024!" }, []string{"password"}},
		"password of own nickname":     {func(in *auth.SignUpInput) { in.Nickname, in.Password = "Zebediah", "zebediah99" }, []string{"password"}},
		"password of own username":     {func(in *auth.SignUpInput) { in.Username, in.Password = "zebediah", "zebediah99" }, []string{"password"}},
		"password of own e-mail":       {func(in *auth.SignUpInput) { in.Email, in.Password = "zebediah@example.com", "Zebediah99" }, []string{"password"}},
		"password of the service name": {func(in *auth.SignUpInput) { in.Password = "latchkey2024" }, []string{"password"}},
		"password of the tenant's":     {func(in *auth.SignUpInput) { in.Password = "tenant-open1" }, []string{"password"}},
		"all at once": {func(in *auth.SignUpInput) {
			*in = auth.SignUpInput{Name: "\x00", Nickname: "\x00", Email: "@", Username: "@", Mobile: "@", Password: "12345678"}
		}, []string{"name", "nickname", "email", "username", "mobile", "password"}},
	} {
		t.Run(name, func(t *testing.T) {
			slug := home
			if strings.HasPrefix(name, "password of the ") { // the default tenant has the name of the service
				slug = "open"
			}
			by := w.anyone(t, slug)
			before := w.store.count()
			out, err := w.SignUp(t.Context(), by, ann(c.edit))
			refused(t, "sign up", err, auth.ErrValidation)
			var got []string
			for _, f := range meta(err).Fields {
				got = append(got, f.Field)
				if f.Problem == "" || strings.Contains(f.Problem, "zebediah") {
					t.Errorf("%s: got problem %q", f.Field, f.Problem)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if out.ID != "" || out.Grant != nil {
				t.Errorf("got %v beside the error", out)
			}
			if n := w.store.count() - before; n != 0 {
				t.Errorf("got %d store calls, want none", n)
			}
		})
	}
}

func TestSignUpKeepsOneFormOfEverything(t *testing.T) {
	w := newWorld(t)
	out, err := w.SignUp(t.Context(), w.anyone(t, home), auth.SignUpInput{
		Name: "  Zoe\u0301 김 ", Email: " Zoe@BÜCHER.example", Username: "Zoe.Kim", Nickname: "🦊 ", Phone: "+82 10-1234-5678",
		Password: "\u0000 caf\u0065\u0301 nacht 🌙",
	})
	must(t, err)
	if out.Name != "Zoé 김" || out.Email != "zoe@xn--bcher-kva.example" || out.Username != "zoe.kim" || out.Role != auth.RoleUser {
		t.Errorf("got %+v", out)
	}
	u := w.user(t, out.ID)
	if u.Nickname != "🦊" || u.Mobile != "+821012345678" || u.Status != auth.UserActive || !u.CreatedAt.Equal(w.clock.Now()) {
		t.Errorf("stored: got %+v", u)
	}
	account, err := w.store.Account(t.Context(), auth.DefaultDirectory, out.ID)
	must(t, err)
	want := []auth.Seat{{Tenant: w.tenant(t, home).ID, Space: w.space(t, home).ID, Role: auth.RoleUser, Main: true}}
	if diff := cmp.Diff(want, account.Seats); diff != "" {
		t.Errorf("seats (-want +got):\n%s", diff)
	}
	// The same characters, composed by another keyboard.
	if _, err := w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Name: "zoe.kim", Password: "\u0000 café nacht 🌙"}); err != nil {
		t.Errorf("log in with the composed password: got error %v", err)
	}
}

// TestSignUpWithoutOptionals: nobody has "" for a name, so two may leave it out.
func TestSignUpWithoutOptionals(t *testing.T) {
	w := newWorld(t)
	for _, email := range []string{"a@example.com", "b@example.com"} {
		out, err := w.SignUp(t.Context(), w.anyone(t, home), ann(func(in *auth.SignUpInput) { in.Email = email }))
		must(t, err)
		if u := w.user(t, out.ID); u.Username != "" || u.Mobile != "" || u.Nickname != "" {
			t.Errorf("got %+v, want no optional names", u)
		}
	}
	if _, err := w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Email: "", Name: "", Password: secret}); err == nil {
		t.Error("log in with no name: got no error")
	}
}

func TestSignUpPhoneIsMobile(t *testing.T) {
	w := newWorld(t)
	for name, edit := range map[string]func(*auth.SignUpInput){
		"mobile":     func(in *auth.SignUpInput) { in.Mobile = "010-1111-0001" },
		"phone":      func(in *auth.SignUpInput) { in.Phone = "010-1111-0002" },
		"both alike": func(in *auth.SignUpInput) { in.Phone, in.Mobile = "010-1111-0003", "010-1111-0003" },
	} {
		out, err := w.SignUp(t.Context(), w.anyone(t, home), ann(func(in *auth.SignUpInput) {
			in.Email = strings.ReplaceAll(name, " ", "") + "@example.com"
			edit(in)
		}))
		must(t, err)
		if got := w.user(t, out.ID).Mobile; !strings.HasPrefix(got, "0101111000") {
			t.Errorf("%s: got mobile %q", name, got)
		}
	}
}

func TestSignUpDuplicatesAreNamed(t *testing.T) {
	w := newWorld(t)
	_, err := w.SignUp(t.Context(), w.anyone(t, home), ann(func(in *auth.SignUpInput) { in.Username, in.Mobile = "ann", "010-1234-5678" }))
	must(t, err)
	for name, c := range map[string]struct {
		slug string
		edit func(*auth.SignUpInput)
		want []string
	}{
		"e-mail in other case": {home, func(in *auth.SignUpInput) { in.Email = "ANN＠Example.COM" }, []string{"email"}},
		"username":             {home, func(in *auth.SignUpInput) { in.Email, in.Username = "x@example.com", "ANN" }, []string{"username"}},
		"mobile as phone":      {home, func(in *auth.SignUpInput) { in.Email, in.Phone = "x@example.com", "01012345678" }, []string{"mobile"}},
		"all": {home, func(in *auth.SignUpInput) { in.Username, in.Mobile = "ann", "010 1234 5678" },
			[]string{"email", "username", "mobile"}},
		"another tenant of the directory": {coded, func(*auth.SignUpInput) {}, []string{"email"}},
		"another directory":               {far, func(*auth.SignUpInput) {}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := w.SignUp(t.Context(), w.anyone(t, c.slug), ann(c.edit))
			var got []string
			for _, f := range meta(err).Fields {
				got = append(got, f.Field)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if c.want == nil {
				refused(t, "sign up", err, nil)
				return
			}
			refused(t, "sign up", err, auth.ErrDuplicate)
			if out.ID != "" || out.Grant != nil {
				t.Errorf("got %v beside the error", out)
			}
		})
	}
}

// TestSignUpOfOneNameHasOneWinner: of many at once with one e-mail.
func TestSignUpOfOneNameHasOneWinner(t *testing.T) {
	w := newWorld(t)
	by := w.anyone(t, home)
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.SignUp(t.Context(), by, ann(func(*auth.SignUpInput) {})) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, "the others", err, auth.ErrDuplicate)
	}
	if won != 1 || w.wrote(t, home, auth.ActionSignUp, "") != 1 {
		t.Errorf("got %d winners and %d events, want one", won, w.wrote(t, home, auth.ActionSignUp, ""))
	}
}

func TestSignUpSpace(t *testing.T) {
	w := newWorld(t)
	lab := w.addSpace(t, home, "lab")
	for name, c := range map[string]struct {
		slug, ref, want string
	}{
		"left out":       {home, "", w.space(t, home).ID},
		"default":        {home, "default", w.space(t, home).ID},
		"by slug":        {home, "lab", lab.ID},
		"by id":          {home, lab.ID, lab.ID},
		"unknown":        {home, "kitchen", ""},
		"another tenant": {coded, lab.ID, ""},
		"its slug there": {coded, "lab", ""},
		"SQL":            {home, "' OR '1'='1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := w.SignUp(t.Context(), w.anyone(t, c.slug), ann(func(in *auth.SignUpInput) {
				in.Email, in.SpaceID = strings.ReplaceAll(name, " ", "")+"@example.com", c.ref
			}))
			if c.want == "" {
				refused(t, "sign up", err, auth.ErrSpaceNotFound)
				if meta(err).Field != "spaceId" {
					t.Errorf("field: got %q, want spaceId", meta(err).Field)
				}
				return
			}
			must(t, err)
			a, err := w.store.Account(t.Context(), auth.DefaultDirectory, out.ID)
			must(t, err)
			if len(a.Seats) != 1 || a.Seats[0].Space != c.want {
				t.Errorf("seats: got %v, want space %s", a.Seats, c.want)
			}
		})
	}
}

func TestSignUpGivesAGrantWhereNoCodeIsAsked(t *testing.T) {
	w := newWorld(t)
	out, err := w.SignUp(t.Context(), w.anyone(t, home), ann(func(*auth.SignUpInput) {}))
	must(t, err)
	if out.Grant == nil {
		t.Fatal("got no grant")
	}
	by := w.enter(t, out.AccessToken)
	if by.Account.User.ID != out.ID || by.Session.ID != out.SessionID || out.MainTenantID != home {
		t.Errorf("the token is of %s in session %s, want %s in %s", by.Account.User.ID, by.Session.ID, out.ID, out.SessionID)
	}
	if _, err := w.refresh(t, out.RefreshToken); err != nil {
		t.Errorf("refresh: got error %v", err)
	}
	bare := out.WithoutTokens()
	if bare.AccessToken != "" || bare.RefreshToken != "" || bare.DeviceToken != "" || bare.SessionID != out.SessionID {
		t.Error("WithoutTokens: got tokens, or lost the session")
	}
	if out.AccessToken == "" || out.Tokens().AccessToken != out.AccessToken {
		t.Error("WithoutTokens changed the result itself")
	}
}

func TestSignUpWhereACodeIsAskedGivesNoGrant(t *testing.T) {
	w := newWorld(t)
	out, err := w.SignUp(t.Context(), w.anyone(t, coded), ann(func(*auth.SignUpInput) {}))
	must(t, err)
	if out.Grant != nil || out.Tokens().AccessToken != "" || len(w.living(t, out.ID)) != 0 {
		t.Errorf("got a grant without a code")
	}
}

func TestSignUpClosed(t *testing.T) {
	w := newWorld(t)
	before := w.store.count()
	_, err := w.SignUp(t.Context(), w.anyone(t, closed), ann(func(*auth.SignUpInput) {}))
	refused(t, "sign up", err, auth.ErrSignUpClosed)
	if n := w.store.calls["CreateUser"]; n != 0 || w.store.count()-before > 1 {
		t.Errorf("got %d users made and %d store calls", n, w.store.count()-before)
	}
}

func TestSignUpIsOpenOnlyWherePolicySaysSo(t *testing.T) {
	for policy, want := range map[auth.SignUpPolicy]*auth.Error{
		auth.SignUpOpen: nil, auth.SignUpClosed: auth.ErrSignUpClosed, auth.SignUpInherit: nil, "invited": auth.ErrSignUpClosed,
	} {
		w := newWorld(t, func(s *auth.Service) { s.Policy.SignUp = policy })
		_, err := w.SignUp(t.Context(), w.anyone(t, home), ann(func(*auth.SignUpInput) {}))
		refused(t, "policy "+string(policy), err, want)
	}
}

// TestSignUpLeavesAWelcome: the event and the mail come with the account, and
// the mail opens only with the master key, addressed to the account.
func TestSignUpLeavesAWelcome(t *testing.T) {
	w := newWorld(t)
	id := w.join(t, coded, "ann")
	mails, err := w.store.Lease(t.Context(), w.clock.Now(), 1, 10)
	must(t, err)
	if len(mails) != 1 || w.mail.woken == 0 {
		t.Fatalf("got %d mails and %d wake-ups", len(mails), w.mail.woken)
	}
	msg, err := w.Message(t.Context(), mails[0])
	must(t, err)
	want := auth.Message{ID: mails[0].ID, Kind: auth.MessageWelcome, Name: "P ann", Email: "ann@example.com", TenantName: "Tenant coded"}
	if diff := cmp.Diff(want, msg); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	moved := mails[0]
	moved.ID = "another"
	if _, err := w.Message(t.Context(), moved); err == nil {
		t.Error("a mail under another id opens")
	}
	moved = mails[0]
	moved.User = "nobody"
	if _, err := w.Message(t.Context(), moved); err == nil {
		t.Error("a mail to nobody opens")
	}
	e := w.events(t, coded)
	if len(e) != 1 || e[0].Action != auth.ActionSignUp || e[0].User != id || e[0].IP != "192.0.2.7" || e[0].RequestID != "r1" {
		t.Errorf("events: got %+v", e)
	}
}
