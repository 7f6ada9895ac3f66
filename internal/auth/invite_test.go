package auth_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// invite mails an invitation to home and returns its link.
func (s staff) invite(t testing.TB, email, role string) auth.LinkInput {
	t.Helper()
	_, err := s.Invite(t.Context(), s.by(t, "root"), auth.InviteInput{Email: email, Role: role})
	must(t, err)
	return s.mailed(t, auth.MessageInvitation)
}

// accept presses the button behind an invitation.
func (w *world) accept(t testing.TB, l auth.LinkInput, name string, plain auth.Secret) (auth.Joined, error) {
	t.Helper()
	return w.AcceptInvitation(t.Context(), w.follow(t), auth.AcceptInput{Token: l.Token, Name: name, Password: plain})
}

// TestInviteSomebodyNew: the mail goes to the address, looking at it changes
// nothing, accepting makes a proven account with the role and logs nobody in,
// once.
func TestInviteSomebodyNew(t *testing.T) {
	s := staffed(t)
	out, err := s.Invite(t.Context(), s.by(t, "root"), auth.InviteInput{Email: "Dan@Example.com", Role: "clerk"})
	must(t, err)
	space := s.space(t, home).ID
	if out.Email != "dan@example.com" || out.Role != "clerk" || out.SpaceID != space || out.ExpiresAt.Sub(s.clock.Now()) != 24*time.Hour {
		t.Errorf("got %+v", out)
	}
	mails := s.inbox(t, auth.MessageInvitation)
	if len(mails) != 1 || mails[0].Email != "dan@example.com" || mails[0].Facts.From != "P root" || mails[0].TenantName != "Latchkey" {
		t.Fatalf("mailed %+v", mails)
	}
	l := s.mailed(t, auth.MessageInvitation)
	before := len(s.events(t, home))
	for range 3 {
		ready, err := s.InvitationReady(t.Context(), s.follow(t), l)
		must(t, err)
		if ready.Email != "dan@example.com" || ready.Role != "clerk" || !ready.NewAccount || ready.TenantID != home {
			t.Errorf("got %+v", ready)
		}
	}
	if n := len(s.events(t, home)); n != before {
		t.Error("looking was written down")
	}
	for name, in := range map[string][2]string{"no password": {"Dan", ""}, "no name": {"", secret}, "his own name": {"Dan", "dan@example.com"}, "short": {"Dan", "short"}} {
		_, err := s.accept(t, l, in[0], auth.Secret(in[1]))
		refused(t, name, err, auth.ErrValidation)
	}
	joined, err := s.accept(t, l, "Dan", secret)
	must(t, err)
	if joined.TenantID != home || joined.Role != "clerk" || joined.SpaceID != space {
		t.Errorf("got %+v", joined)
	}
	a := s.account(t, joined.UserID)
	if a.User.Email != "dan@example.com" || a.User.VerifiedAt.IsZero() || len(a.Seats) != 1 || a.Seats[0].Role != "clerk" || !a.Seats[0].Main {
		t.Errorf("the account is %+v", a)
	}
	if n := len(s.living(t, joined.UserID)); n != 0 {
		t.Errorf("%d sessions live, want none", n)
	}
	if e := s.last(t, home); e.Action != auth.ActionJoined || e.User != joined.UserID || e.Actor != "" || e.Reason != "clerk" {
		t.Errorf("the record says %+v", e)
	}
	_, err = s.accept(t, l, "Dan", secret)
	refused(t, "again", err, auth.ErrLinkInvalid)
	_, err = s.InvitationReady(t.Context(), s.follow(t), l)
	refused(t, "look again", err, auth.ErrLinkInvalid)
	s.login(t, "dan@example.com")
}

// TestInviteWhoIsElsewhere: an account whose owner is known is given the seat,
// and nothing else of it changes; what came as a password does not matter.
func TestInviteWhoIsElsewhere(t *testing.T) {
	s := staffed(t)
	eve := s.id["eve"]
	s.change(t, eve, func(u *auth.User) { u.VerifiedAt = s.clock.Now() })
	before := s.account(t, eve)
	l := s.invite(t, "eve@example.com", auth.RoleManager)
	ready, err := s.InvitationReady(t.Context(), s.follow(t), l)
	if err != nil || ready.NewAccount {
		t.Errorf("got %+v, %v", ready, err)
	}
	joined, err := s.accept(t, l, "Mallory", renewed)
	if err != nil || joined.UserID != eve {
		t.Fatalf("got %+v, %v", joined, err)
	}
	a := s.account(t, eve)
	if a.User.Name != before.User.Name || a.User.Epoch != before.User.Epoch || len(a.Seats) != 2 || !a.Seats[0].Main || a.Seats[1].Main {
		t.Errorf("the account is %+v", a)
	}
	if s.role(t, eve, home) != auth.RoleManager || s.role(t, eve, annex) != auth.RoleAdmin {
		t.Errorf("the seats are %+v", a.Seats)
	}
	s.alive(t, "the session", s.in["eve"])
	_, err = s.SignIn(t.Context(), s.anyone(t, home), auth.SignInInput{Name: "eve", Password: renewed})
	refused(t, "the password that came with it", err, auth.ErrCredentials)
	if g := s.login(t, "eve"); g.MainTenantID != annex {
		t.Errorf("the main tenant is %s, want annex", g.MainTenantID)
	}
}

// TestPreHijack: somebody made an account with the victim's address and
// waits in it. When the victim is invited and accepts, all that is theirs is
// void: password, sessions, devices, links, and a login that is half done.
func TestPreHijack(t *testing.T) {
	s := staffed(t)
	mallory := s.id["eve"] // who signed up as eve@example.com, which is not theirs
	trap := s.in["eve"]
	_, err := s.ForgotPassword(t.Context(), s.anyone(t, annex), auth.EmailInput{Email: "eve@example.com"})
	must(t, err)
	reset := s.mailed(t, auth.MessageReset)
	s.decide(t, annex, auth.Policy{OTP: auth.OTPEmail})
	out, err := s.SignIn(t.Context(), s.anyone(t, annex), auth.SignInInput{Name: "eve", Password: secret})
	must(t, err)
	code := s.mail.code(t)

	l := s.invite(t, "eve@example.com", auth.RoleAdmin)
	ready, err := s.InvitationReady(t.Context(), s.follow(t), l)
	if err != nil || !ready.NewAccount {
		t.Errorf("got %+v, %v", ready, err)
	}
	_, err = s.accept(t, l, "", "")
	problem(t, "without a password", err, "password")
	s.alive(t, "nothing has happened", trap)
	joined, err := s.accept(t, l, "Eve", renewed)
	if err != nil || joined.UserID != mallory {
		t.Fatalf("got %+v, %v", joined, err)
	}
	s.dead(t, "the session", trap, auth.EndPasswordChanged)
	s.knows(t, "the device", mallory, trap, false)
	_, err = s.SignIn(t.Context(), s.anyone(t, home, on(trap)), auth.SignInInput{Name: "eve", Password: secret})
	refused(t, "the password", err, auth.ErrCredentials)
	_, err = s.Verify(t.Context(), s.anyone(t, annex), auth.VerifyInput{LoginID: out.LoginID, OTP: code})
	refused(t, "the login that was half done", err, auth.ErrOTPGone)
	_, err = s.Resend(t.Context(), s.anyone(t, annex), auth.ResendInput{LoginID: out.LoginID})
	refused(t, "a new code for it", err, auth.ErrOTPGone)
	refused(t, "the link", s.reset(t, reset, secret), auth.ErrLinkInvalid)
	u := s.user(t, mallory)
	if u.Name != "Eve" || u.VerifiedAt.IsZero() || s.role(t, mallory, home) != auth.RoleAdmin {
		t.Errorf("the account is %+v", u)
	}
	g, err := s.SignIn(t.Context(), s.anyone(t, home), auth.SignInInput{Name: "eve", Password: renewed})
	if err != nil || g.Grant == nil {
		t.Errorf("the owner: %v", err)
	}
}

// TestAnUnlockLinkProvesNobody: who made an account with a foreign address can
// have its owner press that button, and stays in it all the same; so the next
// invitation must throw them out as well.
func TestAnUnlockLinkProvesNobody(t *testing.T) {
	s := staffed(t)
	id, trap := s.id["eve"], s.in["eve"]
	for range lockAttempts {
		s.clock.advance(2 * time.Second)
		_, err := s.SignIn(t.Context(), s.anyone(t, annex), auth.SignInInput{Name: "eve", Password: wrong})
		refused(t, "wrong", err, auth.ErrCredentials)
	}
	_, err := s.unlock(t, s.mailed(t, auth.MessageLocked))
	must(t, err)
	l := s.invite(t, "eve@example.com", auth.RoleAdmin)
	if ready, err := s.InvitationReady(t.Context(), s.follow(t), l); err != nil || !ready.NewAccount {
		t.Errorf("got %+v, %v: the account passes for its owner's", ready, err)
	}
	_, err = s.accept(t, l, "Eve", renewed)
	must(t, err)
	if by, err := s.Authorize(t.Context(), auth.Origin{}, auth.Secret(trap.AccessToken)); err == nil {
		t.Errorf("who made the account is still in, as %s of %s", by.Account.User.Email, id)
	}
}

// TestOneInvitationAtOnceByMany: one account, one seat, one event.
func TestOneInvitationAtOnceByMany(t *testing.T) {
	for name, prepare := range map[string]func(staff) string{
		"nobody yet": func(staff) string { return "dan@example.com" },
		"proven": func(s staff) string {
			s.change(t, s.id["eve"], func(u *auth.User) { u.VerifiedAt = s.clock.Now() })
			return "eve@example.com"
		},
		"not proven": func(staff) string { return "eve@example.com" },
	} {
		t.Run(name, func(t *testing.T) {
			s := staffed(t)
			email := prepare(s)
			l := s.invite(t, email, "clerk")
			by := s.follow(t)
			var all sync.WaitGroup
			errs := make([]error, 12)
			for i := range errs {
				all.Go(func() {
					_, errs[i] = s.AcceptInvitation(t.Context(), by, auth.AcceptInput{Token: l.Token, Name: "Dan", Password: renewed})
				})
			}
			all.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
					continue
				}
				refused(t, "one of the others", err, auth.ErrLinkInvalid)
			}
			u, err := s.store.UserByName(t.Context(), auth.DefaultDirectory, auth.Name{Kind: auth.NameEmail, Value: email})
			must(t, err)
			if n := s.wrote(t, home, auth.ActionJoined, "clerk"); won != 1 || n != 1 || s.role(t, u.ID, home) != "clerk" {
				t.Errorf("%d won, %d events, seats %+v", won, n, s.account(t, u.ID).Seats)
			}
		})
	}
}

// TestInvitationsThatAreGoodNoMore: each is refused like one that never was.
func TestInvitationsThatAreGoodNoMore(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, staff, auth.LinkInput){
		"after a day": func(_ *testing.T, s staff, _ auth.LinkInput) { s.clock.advance(24 * time.Hour) },
		"the role is gone": func(t *testing.T, s staff, _ auth.LinkInput) {
			_, err := s.DeleteRole(t.Context(), s.operator(t, home), auth.RoleRef{Name: "idle"})
			must(t, err)
		},
		"joined meanwhile": func(t *testing.T, s staff, _ auth.LinkInput) {
			_, err := s.CreateMember(t.Context(), s.by(t, "root"), auth.NewMemberInput{Name: "Dan", Email: "dan@example.com", Password: secret})
			must(t, err)
		},
		"used": func(t *testing.T, s staff, l auth.LinkInput) {
			_, err := s.accept(t, l, "Dan", secret)
			must(t, err)
		},
		"used, and removed again": func(t *testing.T, s staff, l auth.LinkInput) {
			j, err := s.accept(t, l, "Dan", secret)
			must(t, err)
			_, err = s.RemoveMember(t.Context(), s.by(t, "root"), auth.MemberRef{ID: j.UserID})
			must(t, err)
		},
		"joined otherwise, and removed again": func(t *testing.T, s staff, _ auth.LinkInput) {
			v, err := s.CreateMember(t.Context(), s.by(t, "root"), auth.NewMemberInput{Name: "Dan", Email: "dan@example.com", Password: secret})
			must(t, err)
			_, err = s.RemoveMember(t.Context(), s.by(t, "root"), auth.MemberRef{ID: v.ID})
			must(t, err)
		},
		"the account is disabled": func(t *testing.T, s staff, _ auth.LinkInput) {
			id := s.join(t, annex, "dan")
			s.change(t, id, func(u *auth.User) { u.Status = auth.UserDisabled })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := staffed(t)
			s.addRole(t, home, "idle")
			l := s.invite(t, "dan@example.com", "idle")
			spoil(t, s, l)
			_, err := s.accept(t, l, "Dan", renewed)
			refused(t, "accept", err, auth.ErrLinkInvalid)
			if _, err = s.InvitationReady(t.Context(), s.follow(t), l); name != "the role is gone" {
				refused(t, "look", err, auth.ErrLinkInvalid)
			}
			if u, err := s.store.UserByName(t.Context(), auth.DefaultDirectory, auth.Name{Kind: auth.NameEmail, Value: "dan@example.com"}); err == nil {
				if s.role(t, u.ID, home) == "idle" && name != "used" {
					t.Error("the seat was given")
				}
			}
		})
	}
}

// TestAnInvitationIsForItsAddress: an account that has another address by now
// is not who was invited, and one that has it now is.
func TestAnInvitationIsForItsAddress(t *testing.T) {
	s := staffed(t)
	dan := s.join(t, annex, "dan")
	s.change(t, dan, func(u *auth.User) { u.VerifiedAt = s.clock.Now() })
	l := s.invite(t, "dan@example.com", auth.RoleAdmin)
	_, err := s.UpdateMember(t.Context(), s.by(t, "eve"), auth.UpdateMemberInput{MemberRef: auth.MemberRef{ID: dan}, Email: "dan@elsewhere.example"})
	must(t, err)
	joined, err := s.accept(t, l, "Dan", renewed)
	must(t, err)
	if joined.UserID == dan || s.role(t, dan, home) != "" {
		t.Error("the account that had the address was given the seat")
	}
}

// TestAnOlderInvitationIsVoid: who was invited once more, with less to say, or
// was removed since, does not come in with what lies in the mailbox.
func TestAnOlderInvitationIsVoid(t *testing.T) {
	s := staffed(t)
	first := s.invite(t, "dan@example.com", auth.RoleAdmin)
	s.clock.advance(time.Minute)
	second := s.invite(t, "dan@example.com", auth.RoleUser)
	_, err := s.accept(t, first, "Dan", secret)
	refused(t, "the first", err, auth.ErrLinkInvalid)
	j, err := s.accept(t, second, "Dan", secret)
	must(t, err)
	_, err = s.RemoveMember(t.Context(), s.by(t, "root"), auth.MemberRef{ID: j.UserID})
	must(t, err)
	_, err = s.accept(t, first, "Dan", secret)
	refused(t, "the first, by who was removed", err, auth.ErrLinkInvalid)
}

// TestManyInvitationsAtOnce: one of them is good; who came too close to another
// is asked to come again.
func TestManyInvitationsAtOnce(t *testing.T) {
	s := staffed(t, unlimited)
	root := s.by(t, "root")
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			_, err := s.Invite(t.Context(), root, auth.InviteInput{Email: "dan@example.com"})
			if err != nil {
				refused(t, "one of many", err, auth.ErrRateLimited)
			}
		})
	}
	all.Wait()
	good := 0
	for _, m := range s.inbox(t, auth.MessageInvitation) {
		if _, err := s.InvitationReady(t.Context(), s.follow(t), auth.LinkInput{Token: tokenOf(t, m)}); err == nil {
			good++
		}
	}
	if good != 1 {
		t.Errorf("%d are good, want one", good)
	}
}

// TestWhoCanBeInvited: what is refused before a mail goes out.
func TestWhoCanBeInvited(t *testing.T) {
	s := staffed(t)
	root := s.by(t, "root")
	for name, c := range map[string]struct {
		in   auth.InviteInput
		want *auth.Error
	}{
		"a member":            {auth.InviteInput{Email: "ben@example.com"}, auth.ErrMember},
		"a member, in caps":   {auth.InviteInput{Email: "BEN@example.com"}, auth.ErrMember},
		"no address":          {auth.InviteInput{}, auth.ErrValidation},
		"no such role":        {auth.InviteInput{Email: "dan@example.com", Role: "owner"}, auth.ErrValidation},
		"another tenant's":    {auth.InviteInput{Email: "dan@example.com", Role: "theirs"}, auth.ErrValidation},
		"no such space":       {auth.InviteInput{Email: "dan@example.com", SpaceID: uuid.NewString()}, auth.ErrSpaceNotFound},
		"another's space":     {auth.InviteInput{Email: "dan@example.com", SpaceID: s.space(t, annex).ID}, auth.ErrSpaceNotFound},
		"elsewhere, not here": {auth.InviteInput{Email: "eve@example.com"}, nil},
		"nobody yet":          {auth.InviteInput{Email: "dan@example.com"}, nil},
	} {
		if strings.HasPrefix(name, "another tenant") {
			s.addRole(t, annex, "theirs")
		}
		_, err := s.Invite(t.Context(), root, c.in)
		refused(t, name, err, c.want)
	}
	if n := len(s.inbox(t, auth.MessageInvitation)); n != 2 {
		t.Errorf("%d mails wait, want 2", n)
	}
	for i := range auth.LinkMails - 1 {
		_, err := s.Invite(t.Context(), root, auth.InviteInput{Email: "dan@example.com"})
		refused(t, "mail "+string(rune('2'+i)), err, nil)
	}
	_, err := s.Invite(t.Context(), root, auth.InviteInput{Email: "dan@example.com"})
	refused(t, "one mail too many", err, auth.ErrRateLimited)
	s.decide(t, home, auth.Policy{SignUp: auth.SignUpInvite})
	_, err = s.Invite(t.Context(), s.by(t, "root"), auth.InviteInput{Email: "fay@example.com"})
	refused(t, "where it takes an invitation", err, nil)
	l := s.mailed(t, auth.MessageInvitation)
	s.decide(t, home, auth.Policy{SignUp: auth.SignUpClosed})
	_, err = s.Invite(t.Context(), s.by(t, "root"), auth.InviteInput{Email: "gus@example.com"})
	refused(t, "where it is closed", err, auth.ErrSignUpClosed)
	_, err = s.accept(t, l, "Fay", secret)
	refused(t, "one that was mailed before it closed", err, auth.ErrSignUpClosed)
}

// TestTheSeatIsInTheSpaceThatWasNamed: by its slug too; a second seat of a
// member in another space is no second membership of the same place.
func TestTheSeatIsInTheSpaceThatWasNamed(t *testing.T) {
	s := staffed(t)
	lab := s.addSpace(t, home, "lab")
	s.change(t, s.id["ben"], func(u *auth.User) { u.VerifiedAt = s.clock.Now() })
	_, err := s.Invite(t.Context(), s.by(t, "root"), auth.InviteInput{Email: "ben@example.com", Role: auth.RoleManager, SpaceID: "lab"})
	must(t, err)
	j, err := s.accept(t, s.mailed(t, auth.MessageInvitation), "", "")
	if err != nil || j.SpaceID != lab.ID {
		t.Fatalf("got %+v, %v", j, err)
	}
	by, err := s.Authorize(t.Context(), auth.Origin{Space: lab.ID}, auth.Secret(s.in["ben"].AccessToken))
	if err != nil || by.Seat.Role != auth.RoleManager {
		t.Errorf("in the lab: role %q, %v", by.Seat.Role, err)
	}
	if by = s.by(t, "ben"); by.Seat.Role != auth.RoleUser {
		t.Errorf("at home: role %q", by.Seat.Role)
	}
}
