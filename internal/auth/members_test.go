package auth_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

func (s staff) ref(name string) auth.MemberRef { return auth.MemberRef{ID: s.id[name]} }

// TestMember shows an account as its tenant sees it: the seats there and no
// others.
func TestMember(t *testing.T) {
	s := staffed(t)
	got, err := s.Member(t.Context(), s.by(t, "root"), s.ref("carl"))
	must(t, err)
	u := s.user(t, s.id["carl"])
	want := auth.MemberView{
		ID: u.ID, Name: "P carl", Username: "carl", Email: "carl@example.com", Role: auth.RoleUser, Status: auth.UserActive, Shared: true,
		Seats: []auth.MemberSeat{{SpaceID: s.space(t, home).ID, Role: auth.RoleUser}}, CreatedAt: u.CreatedAt, LastLoginAt: u.LastLoginAt,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	until := s.clock.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		status      auth.UserStatus
		until, want time.Time
		shown       auth.UserStatus
	}{
		"locked by hand":      {auth.UserLocked, time.Time{}, time.Time{}, auth.UserLocked},
		"locked by guessing":  {auth.UserLocked, until, until, auth.UserLocked},
		"a lock that is over": {auth.UserLocked, s.clock.Now(), time.Time{}, auth.UserActive},
		"disabled":            {auth.UserDisabled, time.Time{}, time.Time{}, auth.UserDisabled},
	} {
		s.change(t, s.id["ben"], func(u *auth.User) { u.Status, u.LockedUntil = c.status, c.until })
		v, err := s.Member(t.Context(), s.by(t, "root"), s.ref("ben"))
		if err != nil || v.Status != c.shown || !v.LockedUntil.Equal(c.want) {
			t.Errorf("%s: got %s until %s, %v", name, v.Status, v.LockedUntil, err)
		}
	}
	for _, bad := range []string{"", "1", "ben", "' or 1=1", "{" + s.id["ben"] + "}", "urn:uuid:" + s.id["ben"], strings.ReplaceAll(s.id["ben"], "-", "")} {
		_, err := s.Member(t.Context(), s.by(t, "root"), auth.MemberRef{ID: bad})
		refused(t, "id "+bad, err, auth.ErrUserNotFound)
	}
}

// TestListMembers: by page, by search, role and status; never one of another
// tenant.
func TestListMembers(t *testing.T) {
	s := staffed(t)
	for i := range 5 {
		_, err := s.CreateMember(t.Context(), s.by(t, "root"), auth.NewMemberInput{
			Name: fmt.Sprintf("Zoe Quill%d", i), Email: fmt.Sprintf("z%d@example.com", i), Password: secret, Role: "clerk",
		})
		must(t, err)
	}
	list := func(in auth.MembersInput) (names []string) {
		for {
			page, err := s.ListMembers(t.Context(), s.by(t, "root"), in)
			must(t, err)
			for _, v := range page.Items {
				names = append(names, v.Email[:strings.Index(v.Email, "@")])
			}
			if page.Next == "" {
				return names
			}
			in.Cursor = page.Next
		}
	}
	for name, c := range map[string]struct {
		in   auth.MembersInput
		want string
	}{
		"a word of the name": {auth.MembersInput{Search: "QUILL"}, "z0 z1 z2 z3 z4"},
		"an address":         {auth.MembersInput{Search: "z3@ex"}, "z3"},
		"a username":         {auth.MembersInput{Search: "mia"}, "mia"},
		"of another tenant":  {auth.MembersInput{Search: "eve"}, ""},
		"a pattern":          {auth.MembersInput{Search: "%"}, ""},
		"by role":            {auth.MembersInput{Role: auth.RoleManager}, "mia"},
		"by both":            {auth.MembersInput{Role: "clerk", Search: "zoe quill4"}, "z4"},
		"by status":          {auth.MembersInput{Status: auth.UserDisabled}, ""},
		"by no such role":    {auth.MembersInput{Role: "owner"}, ""},
	} {
		for _, limit := range []string{"", "1", "2", "5"} {
			c.in.Limit = limit
			if got := strings.Join(list(c.in), " "); got != c.want {
				t.Errorf("%s, %q a page: got %q, want %q", name, limit, got, c.want)
			}
		}
	}
	if got := list(auth.MembersInput{PageInput: auth.PageInput{Limit: "3"}}); len(got) != 10 {
		t.Errorf("all: got %q, want the ten of home", got)
	}
	_, err := s.ListMembers(t.Context(), s.by(t, "root"), auth.MembersInput{Status: "gone"})
	problem(t, "a status that there is not", err, "status")
}

// TestCreateMember: with the role and in the space that was said, not proven,
// and not logged in.
func TestCreateMember(t *testing.T) {
	s := staffed(t)
	root := s.by(t, "root")
	v, err := s.CreateMember(t.Context(), root, auth.NewMemberInput{Name: "Dan", Email: "dan@example.com", Password: secret, Role: "clerk", Username: "dan"})
	must(t, err)
	if v.Role != "clerk" || v.EmailVerified || v.Shared || v.Status != auth.UserActive || len(s.living(t, v.ID)) != 0 {
		t.Errorf("got %+v", v)
	}
	if e := s.last(t, home); e.Action != auth.ActionUserMade || e.User != v.ID || e.Actor != s.id["root"] || e.Reason != "clerk" {
		t.Errorf("the record says %+v", e)
	}
	s.login(t, "dan")
	for name, c := range map[string]struct {
		in   auth.NewMemberInput
		want *auth.Error
	}{
		"taken":             {auth.NewMemberInput{Name: "Dan", Email: "dan@example.com", Password: secret}, auth.ErrDuplicate},
		"no such role":      {auth.NewMemberInput{Name: "Eli", Email: "eli@example.com", Password: secret, Role: "owner"}, auth.ErrValidation},
		"no such space":     {auth.NewMemberInput{Name: "Eli", Email: "eli@example.com", Password: secret, SpaceID: "moon"}, auth.ErrSpaceNotFound},
		"another's space":   {auth.NewMemberInput{Name: "Eli", Email: "eli@example.com", Password: secret, SpaceID: s.space(t, annex).ID}, auth.ErrSpaceNotFound},
		"a bad password":    {auth.NewMemberInput{Name: "Eli", Email: "eli@example.com", Password: "password"}, auth.ErrValidation},
		"no password":       {auth.NewMemberInput{Name: "Eli", Email: "eli@example.com"}, auth.ErrValidation},
		"sign-up is closed": {auth.NewMemberInput{Name: "Eli", Email: "eli@example.com", Password: secret}, nil},
	} {
		if c.want == nil {
			s.decide(t, home, auth.Policy{SignUp: auth.SignUpClosed})
			root = s.by(t, "root")
		}
		_, err := s.CreateMember(t.Context(), root, c.in)
		refused(t, name, err, c.want)
		if c.want == nil {
			s.decide(t, home, auth.Policy{}, "signUp")
			_, err := s.RemoveMember(t.Context(), root, auth.MemberRef{ID: s.named(t, "eli@example.com").ID})
			must(t, err)
		}
	}
}

// named reads the user with that address.
func (w *world) named(t testing.TB, email string) auth.User {
	t.Helper()
	u, err := w.store.UserByName(t.Context(), auth.DefaultDirectory, auth.Name{Kind: auth.NameEmail, Value: email})
	must(t, err)
	return u
}

// TestUpdateMember: what is given is changed, the rest stays; another address
// is not proven, its old one is told, and what is under way becomes void.
func TestUpdateMember(t *testing.T) {
	s := staffed(t)
	s.change(t, s.id["ben"], func(u *auth.User) { u.VerifiedAt = s.clock.Now() })
	_, err := s.ForgotPassword(t.Context(), s.anyone(t, home), auth.EmailInput{Email: "ben@example.com"})
	must(t, err)
	reset := s.mailed(t, auth.MessageReset)
	by := s.by(t, "root")
	v, err := s.UpdateMember(t.Context(), by, auth.UpdateMemberInput{MemberRef: s.ref("ben"), ProfileInput: auth.ProfileInput{Name: "Benedict", Mobile: "010-1234-5678"}})
	must(t, err)
	if v.Name != "Benedict" || v.Mobile != "01012345678" || v.Username != "ben" || v.Email != "ben@example.com" || !v.EmailVerified {
		t.Errorf("got %+v", v)
	}
	if e := s.last(t, home); e.Action != auth.ActionUserChanged || e.Actor != s.id["root"] || e.User != s.id["ben"] || e.Reason != "name mobile" {
		t.Errorf("the record says %+v", e)
	}
	_, err = s.ResetReady(t.Context(), s.follow(t), reset)
	refused(t, "a link, of the same address", err, nil)

	v, err = s.UpdateMember(t.Context(), by, auth.UpdateMemberInput{MemberRef: s.ref("ben"), Email: "Ben@New.example", ProfileInput: auth.ProfileInput{Reset: []string{"username", "mobile"}}})
	must(t, err)
	if v.Email != "ben@new.example" || v.EmailVerified || v.Username != "" || v.Mobile != "" || v.Name != "Benedict" {
		t.Errorf("got %+v", v)
	}
	refused(t, "the link to the old address", s.reset(t, reset, renewed), auth.ErrLinkInvalid)
	told := s.inbox(t, auth.MessageEmailChanged)
	if len(told) != 1 || told[0].Email != "ben@example.com" || strings.Contains(told[0].Facts.New, "ben@") {
		t.Errorf("told %+v", told)
	}
	_, err = s.UpdateMember(t.Context(), by, auth.UpdateMemberInput{MemberRef: s.ref("ben"), Email: "mia@example.com"})
	refused(t, "an address that is taken", err, auth.ErrDuplicate)
	for field, in := range map[string]auth.UpdateMemberInput{
		"email": {Email: "nobody"}, "status": {Status: auth.UserLocked}, "username": {ProfileInput: auth.ProfileInput{Username: "аdmin"}},
		"reset": {ProfileInput: auth.ProfileInput{Reset: []string{"name"}}}, "name": {ProfileInput: auth.ProfileInput{Name: "Ben\r\nBcc: x"}},
	} {
		in.MemberRef = s.ref("ben")
		_, err := s.UpdateMember(t.Context(), by, in)
		problem(t, field, err, field)
	}
	s.alive(t, "a change of profile ends nothing", s.in["ben"])
}

// TestDisable: at once, every session and device; a login is refused like a
// wrong password, and enabling brings nothing back but the login.
func TestDisable(t *testing.T) {
	s := staffed(t)
	by, g := s.by(t, "root"), s.in["ben"]
	s.by(t, "ben") // in memory
	v, err := s.UpdateMember(t.Context(), by, auth.UpdateMemberInput{MemberRef: s.ref("ben"), Status: auth.UserDisabled})
	if err != nil || v.Status != auth.UserDisabled {
		t.Fatalf("got %+v, %v", v, err)
	}
	if n := len(s.living(t, s.id["ben"])); n != 0 {
		t.Errorf("%d sessions live", n)
	}
	_, err = s.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken))
	refused(t, "access", err, auth.ErrSessionEnded)
	_, err = s.SignIn(t.Context(), s.anyone(t, home), auth.SignInInput{Name: "ben", Password: secret})
	refused(t, "log in", err, auth.ErrCredentials)
	_, err = s.LockMember(t.Context(), by, s.ref("ben"))
	refused(t, "lock who is disabled", err, auth.ErrUserNotFound)
	_, err = s.UpdateMember(t.Context(), by, auth.UpdateMemberInput{MemberRef: s.ref("ben"), Status: auth.UserActive})
	must(t, err)
	s.dead(t, "enabled again", g, auth.EndAdmin)
	s.knows(t, "the device", s.id["ben"], g, false)
	s.login(t, "ben")
}

// TestLockMember: nobody logs in, with what device ever, and every session
// ends; no link of a stranger's opens it, only somebody who may.
func TestLockMember(t *testing.T) {
	s := staffed(t)
	by, g := s.by(t, "root"), s.in["ben"]
	_, err := s.ForgotPassword(t.Context(), s.anyone(t, home), auth.EmailInput{Email: "ben@example.com"})
	must(t, err)
	reset := s.mailed(t, auth.MessageReset)
	v, err := s.LockMember(t.Context(), by, s.ref("ben"))
	if err != nil || v.Status != auth.UserLocked || !v.LockedUntil.IsZero() {
		t.Fatalf("got %+v, %v", v, err)
	}
	s.dead(t, "the session", g, auth.EndAdmin)
	try := func(want *auth.Error) {
		t.Helper()
		_, err := s.SignIn(t.Context(), s.anyone(t, home, on(g)), auth.SignInInput{Name: "ben", Password: secret})
		refused(t, "log in", err, want)
	}
	try(auth.ErrLocked)
	refused(t, "a link from before", s.reset(t, reset, renewed), auth.ErrLinkInvalid)
	s.clock.advance(365 * 24 * time.Hour)
	try(auth.ErrLocked)
	_, err = s.LockMember(t.Context(), s.operator(t, home), s.ref("ben"))
	refused(t, "again", err, nil)
	s.in["root"] = s.login(t, "root")
	_, err = s.LockMember(t.Context(), s.by(t, "root"), s.ref("root"))
	refused(t, "oneself", err, auth.ErrForbidden)
	out, err := s.UnlockMember(t.Context(), s.by(t, "root"), s.ref("ben"))
	if err != nil || out.Outcome() != auth.OutcomeUnlocked {
		t.Errorf("got %+v, %v", out, err)
	}
	if e := s.last(t, home); e.Action != auth.ActionUnlocked || e.Actor != s.id["root"] || e.User != s.id["ben"] || e.Reason != "by_hand" {
		t.Errorf("the record says %+v", e)
	}
	try(nil)
}

// TestRemoveMember: out of the tenant at once; the account stays where it has
// other seats, and goes where it has none.
func TestRemoveMember(t *testing.T) {
	s := staffed(t)
	there := s.loginAt(t, annex, "carl")
	out, err := s.RemoveMember(t.Context(), s.by(t, "root"), s.ref("carl"))
	if err != nil || !out.Deleted {
		t.Fatalf("got %+v, %v", out, err)
	}
	s.dead(t, "the session there", s.in["carl"], auth.EndAdmin)
	s.alive(t, "the one elsewhere", there)
	s.knows(t, "the device", s.id["carl"], there, true)
	_, err = s.SignIn(t.Context(), s.anyone(t, home), auth.SignInInput{Name: "carl", Password: secret})
	refused(t, "log in", err, auth.ErrCredentials)
	_, err = s.switchBack(t, there)
	refused(t, "switch", err, auth.ErrForbidden)
	if a := s.account(t, s.id["carl"]); len(a.Seats) != 1 || !a.Seats[0].Main {
		t.Errorf("the seats are %+v", a.Seats)
	}
	_, err = s.RemoveMember(t.Context(), s.by(t, "root"), s.ref("carl"))
	refused(t, "again", err, auth.ErrUserNotFound)

	_, err = s.RemoveMember(t.Context(), s.by(t, "root"), s.ref("ben"))
	must(t, err)
	_, err = s.Authorize(t.Context(), auth.Origin{}, auth.Secret(s.in["ben"].AccessToken))
	refused(t, "who had no other seat", err, auth.ErrSessionEnded)
	_, err = s.refresh(t, s.in["ben"].RefreshToken)
	refused(t, "refresh", err, auth.ErrSessionEnded)
	if _, err := s.store.User(t.Context(), auth.DefaultDirectory, s.id["ben"]); err == nil {
		t.Error("the account is still there")
	}
	s.join(t, home, "ben") // the name is free again
	if n := s.wroteOf(t, home, auth.ActionUserRemoved); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

func (s staff) switchBack(t testing.TB, g auth.Grant) (auth.Grant, error) {
	t.Helper()
	return s.SwitchTenant(t.Context(), s.enter(t, g.AccessToken), auth.SwitchInput{TenantID: home})
}

// TestMemberSessions: those in the tenant, and no others, are seen and ended.
func TestMemberSessions(t *testing.T) {
	s := staffed(t)
	there := s.loginAt(t, annex, "carl")
	s.clock.advance(time.Second)
	here := s.login(t, "carl")
	all, err := s.MemberSessions(t.Context(), s.by(t, "root"), s.ref("carl"))
	must(t, err)
	if len(all) != 3 || all[0].SessionID != here.SessionID || all[0].Current { // with that of the sign-up
		t.Errorf("got %+v", all)
	}
	for _, v := range all {
		if v.SessionID == there.SessionID {
			t.Error("another tenant's session is shown")
		}
	}
	end := func(user, session string) error {
		_, err := s.EndMemberSession(t.Context(), s.by(t, "root"), auth.MemberSessionInput{MemberRef: s.ref(user), SessionID: session})
		return err
	}
	refused(t, "another tenant's", end("carl", there.SessionID), auth.ErrNoSuchSession)
	refused(t, "another user's", end("ben", here.SessionID), auth.ErrNoSuchSession)
	problem(t, "no id", end("carl", "here"), "sessionId")
	must(t, end("carl", all[2].SessionID))
	refused(t, "again", end("carl", all[2].SessionID), auth.ErrNoSuchSession)
	if e := s.last(t, home); e.Action != auth.ActionLogout || e.Actor != s.id["root"] || e.User != s.id["carl"] || e.Session != all[2].SessionID || e.Reason != string(auth.EndAdmin) {
		t.Errorf("the record says %+v", e)
	}
	s.alive(t, "here", here)
	s.alive(t, "there", there)
	out, err := s.EndMemberSessions(t.Context(), s.by(t, "root"), s.ref("carl"))
	if err != nil || out.RevokedCount != 2 {
		t.Errorf("got %+v, %v", out, err)
	}
	s.dead(t, "here", here, auth.EndAdmin)
	s.alive(t, "there", there)
	if e := s.last(t, home); e.Action != auth.ActionLogoutAll || e.Actor != s.id["root"] || e.User != s.id["carl"] {
		t.Errorf("the record says %+v", e)
	}
}
