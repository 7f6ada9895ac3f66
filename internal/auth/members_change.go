package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

// ProfileInput says what to change of a profile: what is given is replaced, what
// is left out stays.
type ProfileInput struct {
	Name     string   `json:"name,omitempty" maxLength:"100"`
	Username string   `json:"username,omitempty" minLength:"2" maxLength:"64"`
	Nickname string   `json:"nickname,omitempty" maxLength:"100"`
	Mobile   string   `json:"mobile,omitempty"`
	Reset    []string `json:"reset,omitempty" maxItems:"3" doc:"Of username, nickname and mobile, those that the person is to have no more"`
}

// profile is a checked change of a profile.
type profile struct {
	name, username, nickname, mobile string
	reset                            []string
}

func (in ProfileInput) check(p *problems) profile {
	out := profile{
		name: p.line("name", in.Name, nameLimit, false), nickname: p.line("nickname", in.Nickname, nameLimit, false),
		username: p.name("username", in.Username, Username, false), mobile: p.name("mobile", in.Mobile, Mobile, false), reset: in.Reset,
	}
	for _, r := range in.Reset {
		oneOf(p, "reset", r, "username", "nickname", "mobile")
	}
	return out
}

// apply changes a user and returns the names of what was changed.
func (c profile) apply(u *User) (changed []string) {
	set := func(field string, to *string, v string) {
		if v != "" && *to != v {
			*to, changed = v, append(changed, field)
		}
	}
	set("name", &u.Name, c.name)
	set("username", &u.Username, c.username)
	set("nickname", &u.Nickname, c.nickname)
	set("mobile", &u.Mobile, c.mobile)
	for _, r := range c.reset {
		field := map[string]*string{"username": &u.Username, "nickname": &u.Nickname, "mobile": &u.Mobile}[r]
		if *field != "" {
			*field, changed = "", append(changed, r)
		}
	}
	return changed
}

// UpdateMemberInput says what to change of a user.
type UpdateMemberInput struct {
	MemberRef
	ProfileInput
	Email  string     `json:"email,omitempty" format:"email" maxLength:"254" doc:"The old address is told; links and codes that are under way become void"`
	Status UserStatus `json:"status,omitempty" enum:"active,disabled" doc:"disabled: the account is there for nobody, and every session ends"`
}

// UpdateMember changes an account that belongs to the caller's tenant alone.
func (s *Service) UpdateMember(ctx context.Context, by Caller, in UpdateMemberInput) (MemberView, error) {
	if err := by.administers(); err != nil {
		return MemberView{}, err
	}
	var p problems
	change := in.check(&p)
	email := p.name("email", in.Email, Email, false)
	oneOf(&p, "status", in.Status, "", UserActive, UserDisabled)
	if err := p.err(); err != nil {
		return MemberView{}, err
	}
	a, err := s.ownMember(ctx, by, in.ID)
	if err != nil {
		return MemberView{}, err
	}
	told := Note{Events: []Event{by.event(s, ActionUserChanged, a.User.ID, "", strings.Join(in.fields(), " "))}}
	if email != "" && email != a.User.Email {
		told.Mails = []Mail{s.mail(a.User.Directory, by.Tenant.ID, a.User.ID, MessageEmailChanged,
			Facts{To: a.User.Email, New: maskEmail(email), At: s.now()})}
	}
	seen := a.User.Email
	return s.changeMember(ctx, by, a.User, told, func(now *Account) error {
		if by.Operator == "" && now.shared(by.Tenant.ID) {
			return ErrShared
		}
		if email != "" && email != now.User.Email {
			if now.User.Email != seen { // changed meanwhile: the mail would go to the wrong place
				return errAsIs
			}
			now.User.Email, now.User.VerifiedAt, now.User.Epoch = email, time.Time{}, now.User.Epoch+1
		}
		switch {
		case in.Status == UserDisabled && now.User.Status != UserDisabled:
			now.User.Status, now.User.LockedUntil, now.User.Epoch = UserDisabled, time.Time{}, now.User.Epoch+1
		case in.Status == UserActive && now.User.Status == UserDisabled:
			now.User.Status = UserActive
		}
		change.apply(&now.User)
		return nil
	})
}

func (in UpdateMemberInput) fields() []string {
	var u User
	fields := profile{in.Name, in.Username, in.Nickname, in.Mobile, nil}.apply(&u)
	fields = append(fields, in.Reset...)
	if in.Email != "" {
		fields = append(fields, "email")
	}
	if in.Status != "" {
		fields = append(fields, "status="+string(in.Status))
	}
	return fields
}

// changeMember changes an account of the caller's tenant, which must keep an
// admin. Where it is disabled or locked by that, its sessions end.
func (s *Service) changeMember(ctx context.Context, by Caller, u User, n Note, change func(*Account) error) (MemberView, error) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	c := AccountChange{Directory: u.Directory, User: u.ID, Guard: by.Tenant.ID, Note: n, Change: func(a *Account) error {
		a.User.UpdatedAt = s.now()
		return change(a)
	}}
	a, err := s.Records.ChangeAccount(ctx, c)
	s.forgetChanged(ctx, by, u, err)
	if errors.Is(err, errAsIs) {
		return MemberView{}, ErrInternal
	}
	if err != nil {
		return MemberView{}, s.accountFault(ctx, "change user", err)
	}
	if out := !a.User.Usable() || a.User.Shut(); out && a.User.Epoch != u.Epoch { // by this change
		if _, err := s.endAll(ctx, by, u, ""); err != nil {
			return MemberView{}, err
		}
	}
	s.Mailer.Wake()
	return s.memberView(by, a), nil
}

// LockMember locks an account until somebody unlocks it: nobody logs in, and
// every session ends. No link or reset of a stranger's opens it.
func (s *Service) LockMember(ctx context.Context, by Caller, in MemberRef) (MemberView, error) {
	a, err := s.ownMember(ctx, by, in.ID)
	if err != nil {
		return MemberView{}, err
	}
	if a.User.ID == by.Account.User.ID { // it would be nobody's to undo
		return MemberView{}, ErrForbidden.because("self")
	}
	if !a.User.Usable() {
		return MemberView{}, ErrUserNotFound.because(string(a.User.Status))
	}
	return s.changeMember(ctx, by, a.User, Note{Events: []Event{by.event(s, ActionLocked, a.User.ID, "", "admin")}}, func(now *Account) error {
		if by.Operator == "" && now.shared(by.Tenant.ID) {
			return ErrShared
		}
		now.User.Status, now.User.LockedUntil, now.User.Epoch = UserLocked, time.Time{}, now.User.Epoch+1
		return nil
	})
}

// UnlockMember ends the lock of an account, also one that an admin put, and
// clears what was counted against it and its devices.
func (s *Service) UnlockMember(ctx context.Context, by Caller, in MemberRef) (UnlockResult, error) {
	a, err := s.ownMember(ctx, by, in.ID)
	if err != nil {
		return UnlockResult{}, err
	}
	return s.unlockAccount(ctx, by, a.User)
}

// RemoveMember takes an account out of the caller's tenant: its sessions there
// end. One that belongs to no other tenant is removed altogether.
func (s *Service) RemoveMember(ctx context.Context, by Caller, in MemberRef) (Deleted, error) {
	a, err := s.member(ctx, by, in.ID)
	if err != nil {
		return Deleted{}, err
	}
	err = s.unseat(ctx, by, a, Note{Events: []Event{by.event(s, ActionUserRemoved, a.User.ID, "", "")}})
	return Deleted{Deleted: err == nil}, err
}

// MemberSessions returns the living sessions of a user in the caller's tenant.
func (s *Service) MemberSessions(ctx context.Context, by Caller, in MemberRef) ([]SessionView, error) {
	a, err := s.member(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	return s.sessionViews(ctx, by, a.User.ID, by.Tenant.ID)
}

// EndMemberSessions ends all sessions of a user in the caller's tenant.
func (s *Service) EndMemberSessions(ctx context.Context, by Caller, in MemberRef) (EndedSessions, error) {
	a, err := s.member(ctx, by, in.ID)
	if err != nil {
		return EndedSessions{}, err
	}
	n, err := s.endAll(ctx, by, a.User, by.Tenant.ID)
	return EndedSessions{RevokedCount: n}, err
}

// MemberSessionInput names one session of a user.
type MemberSessionInput struct {
	MemberRef
	SessionID string `json:"sessionId" format:"uuid" doc:"From the list of the user's sessions"`
}

// EndMemberSession ends one session of a user in the caller's tenant; one in
// another tenant is not there.
func (s *Service) EndMemberSession(ctx context.Context, by Caller, in MemberSessionInput) (EndedSession, error) {
	a, err := s.member(ctx, by, in.ID)
	if err != nil {
		return EndedSession{}, err
	}
	var p problems
	id := p.uuid("sessionId", in.SessionID)
	if err := p.err(); err != nil {
		return EndedSession{}, err
	}
	living, err := s.Sessions.LivingSessions(ctx, by.Tenant.Directory, a.User.ID, s.now())
	if err != nil {
		return EndedSession{}, s.fault(ctx, "list sessions", err)
	}
	if !slices.ContainsFunc(living, func(l Session) bool { return l.ID == id && l.Tenant == by.Tenant.ID }) {
		return EndedSession{}, ErrNoSuchSession
	}
	if err := s.end(ctx, by, a.User.ID, id, EndAdmin); err != nil {
		return EndedSession{}, err
	}
	return EndedSession{SessionID: id}, nil
}

// endAll ends all sessions of a user, those in one tenant only when it is named.
func (s *Service) endAll(ctx context.Context, by Caller, u User, tenant string) (int, error) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	held, err := s.held(ctx, u)
	if err != nil {
		return 0, s.fault(ctx, "list sessions", err)
	}
	ended, err := s.Sessions.EndSessions(ctx, Ending{
		Directory: u.Directory, User: u.ID, Tenant: tenant, Reason: EndAdmin, At: s.now(), Forget: tenant == "",
		Note: Note{Events: []Event{by.event(s, ActionLogoutAll, u.ID, "", string(EndAdmin))}},
	})
	s.tellDoubtful(ctx, by.Tenant, err, held...)
	s.forgetAccount(ctx, by, u, EndAdmin, ended, err)
	return len(ended), s.fault(ctx, "end sessions", err)
}
