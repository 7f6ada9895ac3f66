package auth

import (
	"context"
	"errors"
	"time"
)

// errAsIs is what a change returns that finds nothing to change.
var errAsIs = errors.New("it is so already")

// lock locks an account for strangers: of any number of tries at once one locks
// it and mails its owner. Sessions that strangers opened since the attack began
// end, and their devices are forgotten; those that lived before go on.
func (s *Service) lock(ctx context.Context, by Caller, seen User, since time.Time, span time.Duration) error {
	u, err := s.Records.User(ctx, seen.Directory, seen.ID)
	if errors.Is(err, ErrNoRecord) {
		return nil
	}
	if err != nil {
		return s.fault(ctx, "find user", err)
	}
	if u.Epoch != seen.Epoch || !u.MayLogIn(s.now(), false) { // unlocked, or locked by another try
		return nil
	}
	until := s.now().Add(span)
	note := Note{Events: []Event{by.event(s, ActionLocked, u.ID, "", "wrong_passwords")}}
	told := s.mails(u, "locked", 0, linkMailSpan)
	before, err := s.count(ctx, told)
	var key TicketKey
	if err == nil && (before.N < linkMails || s.Unlimited) {
		u.LockedUntil = until
		key, err = s.addLinkMail(ctx, by, u, &note, MessageLocked)
	}
	if err != nil {
		return s.fault(ctx, "make unlock link", err)
	}
	held, err := s.held(ctx, u)
	if err != nil {
		return s.fault(ctx, "list sessions", err)
	}
	_, ended, err := s.Sessions.Secure(ctx, Ending{
		Directory: u.Directory, User: u.ID, Reason: EndLocked, At: s.now(), From: since, Strangers: true, Forget: true, Note: note,
	}, func(now *User) error {
		if now.Epoch != u.Epoch || !now.MayLogIn(s.now(), false) {
			return errAsIs
		}
		now.Status, now.LockedUntil, now.UpdatedAt = UserLocked, until, s.now()
		return nil
	})
	s.tellDoubtful(ctx, by.Tenant, err, held...)
	s.forgetAccount(ctx, by, u, EndLocked, ended, err)
	if errors.Is(err, errAsIs) || errors.Is(err, ErrNoRecord) {
		s.dropLink(ctx, key)
		return nil
	}
	if err != nil {
		return s.fault(ctx, "lock account", err)
	}
	if key.ID != "" { // counted by the one that locked: of many at once no other has mailed
		told.Add, told.Now = 1, s.now()
		if _, err := s.count(ctx, told); err != nil {
			s.Log.WarnContext(ctx, "mail not counted", "error", err.Error())
		}
	}
	s.Mailer.Wake()
	s.Log.WarnContext(ctx, "account locked for unknown devices", "user", u.ID, "addr", by.Addr)
	return nil
}

// mails is an account's counter of mails of one sort.
func (s *Service) mails(u User, sort string, add int, span time.Duration) Count {
	return Count{Directory: u.Directory, Key: "mails/" + sort + "/" + u.ID, Add: add, Window: span, Now: s.now()}
}

// addLinkMail adds a mail with a link to a note, as the account is in u.
func (s *Service) addLinkMail(ctx context.Context, by Caller, u User, n *Note, kind MessageKind) (TicketKey, error) {
	ticket := map[MessageKind]TicketKind{MessageLocked: TicketUnlock, MessageReset: TicketReset, MessageNewDevice: TicketDisown}[kind]
	data := linkData{Email: u.Email, Epoch: u.Epoch}
	if kind == MessageNewDevice {
		data.Session = n.Events[0].Session
	}
	if kind == MessageLocked {
		data.Until = u.LockedUntil
	}
	url, key, err := s.mailLink(ctx, by.Tenant, u, ticket, data)
	if err != nil {
		return TicketKey{}, err
	}
	m := s.mail(u.Directory, by.Tenant.ID, u.ID, kind, Facts{
		Link: url, Life: linkPages[ticket].life, Device: by.DeviceName, Address: by.Addr, At: s.now(),
	})
	m.NotAfter = s.now().Add(linkPages[ticket].life)
	n.Mails = append(n.Mails, m)
	return key, nil
}

// forgetAccount tells everybody, before the answer is given, what a change of an
// account has changed: guards elsewhere of the sessions that it ended, and why;
// memory, here and in other processes, of all that it holds, whether or not the
// store was sure.
func (s *Service) forgetAccount(ctx context.Context, by Caller, u User, why EndReason, ended []string, err error) {
	if err == nil {
		s.tellEnded(ctx, by.Tenant, u.ID, why, ended...)
	}
	s.Live.DropAccount(u.Directory, u.ID)
	s.Live.DropSessions(u.Directory, ended...)
	if err != nil && !errors.Is(err, errAsIs) && !errors.Is(err, ErrNoRecord) {
		s.Live.DropAll()
	}
}

// forgetChanged is forgetAccount for a change of what the account may do, which
// guards elsewhere are told of as well.
func (s *Service) forgetChanged(ctx context.Context, by Caller, u User, err error) {
	if err == nil || doubtful(err) { // how it stands is read afresh
		s.tellAccount(ctx, by.Tenant, u)
	}
	s.forgetAccount(ctx, by, u, "", nil, err)
}

// unlock ends a lock against strangers, if there is one: every counter of the
// account begins anew with the epoch. The lock of an admin stays.
func unlock(u *User) bool {
	if u.Status != UserLocked || u.LockedUntil.IsZero() {
		return false
	}
	u.Status, u.LockedUntil = UserActive, time.Time{}
	return true
}

// withoutStuckLock ends a lock whose end is further off than any that is put: it
// was put under a clock that has been set right since, and must not hold for as
// long as that was wrong.
func (s *Service) withoutStuckLock(ctx context.Context, by Caller, u User) (User, error) {
	longest := 2 * max(rowSpan, by.Tenant.Policy.lockTime())
	stuck := func(u User) bool {
		return u.Status == UserLocked && !u.LockedUntil.IsZero() && u.LockedUntil.Sub(s.now()) > longest
	}
	if !stuck(u) {
		return u, nil
	}
	healed, err := s.Records.UpdateUser(ctx, u.Directory, u.ID, func(now *User) error {
		if !stuck(*now) || !unlock(now) {
			return errAsIs
		}
		now.UpdatedAt = s.now()
		return nil
	}, Note{Events: []Event{by.event(s, ActionUnlocked, u.ID, "", "clock")}})
	s.forgetAccount(ctx, by, u, "", nil, err)
	if errors.Is(err, errAsIs) {
		return u, nil
	}
	return healed, err
}
