package auth

import (
	"context"
	"errors"
	"time"
)

// SessionView is one logged-in device as its owner sees it.
type SessionView struct {
	SessionID  string    `json:"sessionId" format:"uuid"`
	DeviceName string    `json:"deviceName" example:"Firefox on Android"`
	IP         string    `json:"ip"`
	Place      string    `json:"place,omitempty" doc:"Where that address is, in English, where the deployment has a file of places and it is known" example:"Seoul, South Korea"`
	Agent      string    `json:"ua"`
	CreatedAt  time.Time `json:"createdAt"`
	LastSeen   time.Time `json:"lastSeen" doc:"To the minute"`
	ExpiresAt  time.Time `json:"expiresAt" doc:"When it ends if nobody uses it"`
	Current    bool      `json:"current" doc:"Whether it is the one that asks"`
}

// EndSessionInput names the session to end.
type EndSessionInput struct {
	SessionID string `json:"sessionId" format:"uuid"`
}

// EndedSession names the session that was ended.
type EndedSession struct {
	SessionID string `json:"sessionId" format:"uuid"`
}

// EndSessionsInput says whether the asking session stays.
type EndSessionsInput struct {
	KeepCurrent bool `json:"keepCurrent,omitempty" doc:"Leave this device logged in"`
}

// EndedSessions counts what was ended.
type EndedSessions struct {
	RevokedCount int `json:"revokedCount"`
}

// ListSessions returns the caller's living sessions, newest first.
func (s *Service) ListSessions(ctx context.Context, by Caller, _ struct{}) ([]SessionView, error) {
	return s.sessionViews(ctx, by, by.Account.User.ID, "")
}

// sessionViews shows a user's living sessions, those in one tenant only when it
// is named.
func (s *Service) sessionViews(ctx context.Context, by Caller, user, tenant string) ([]SessionView, error) {
	now := s.now()
	living, err := s.Sessions.LivingSessions(ctx, by.Tenant.Directory, user, now)
	if err != nil {
		return nil, s.fault(ctx, "list sessions", err)
	}
	out := make([]SessionView, 0, len(living))
	for _, l := range living {
		if tenant != "" && l.Tenant != tenant {
			continue
		}
		v := SessionView{
			SessionID: l.ID, DeviceName: l.DeviceName, IP: l.IP, Agent: l.Agent,
			CreatedAt: l.CreatedAt, LastSeen: l.LastSeen, ExpiresAt: l.IdleUntil, Current: l.ID == by.Session.ID,
		}
		if v.Current {
			v.LastSeen = now
		}
		if s.Place != nil {
			v.Place = s.Place(v.IP)
		}
		out = append(out, v)
	}
	return out, nil
}

// SignOut ends the caller's own session. One that another request ended
// meanwhile is ended all the same.
func (s *Service) SignOut(ctx context.Context, by Caller, _ struct{}) (bool, error) {
	err := s.end(ctx, by, by.Account.User.ID, by.Session.ID, EndLogout)
	if err != nil && !errors.Is(err, ErrNoSuchSession) {
		return false, err
	}
	return true, nil
}

// EndSession ends one of the caller's sessions. Another person's is not there.
func (s *Service) EndSession(ctx context.Context, by Caller, in EndSessionInput) (EndedSession, error) {
	var p problems
	id := p.uuid("sessionId", in.SessionID)
	if err := p.err(); err != nil {
		return EndedSession{}, err
	}
	why := EndRemoteLogout
	if id == by.Session.ID {
		why = EndLogout
	}
	if err := s.end(ctx, by, by.Account.User.ID, id, why); err != nil {
		return EndedSession{}, err
	}
	return EndedSession{SessionID: id}, nil
}

// EndSessions ends all of the caller's sessions, this one too unless it is to
// be kept.
func (s *Service) EndSessions(ctx context.Context, by Caller, in EndSessionsInput) (EndedSessions, error) {
	user := by.Account.User.ID
	e := Ending{
		Directory: by.Tenant.Directory, User: user, Reason: EndRemoteLogout, At: s.now(), Forget: true,
		Note: Note{Events: []Event{by.event(s, ActionLogoutAll, user, by.Session.ID, string(EndRemoteLogout))}},
	}
	if in.KeepCurrent {
		e.Session = by.Session.ID
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	held, err := s.held(ctx, by.Account.User)
	if err != nil {
		return EndedSessions{}, s.fault(ctx, "list sessions", err)
	}
	ended, err := s.Sessions.EndSessions(ctx, e)
	s.tellDoubtful(ctx, by.Tenant, err, held...)
	s.forgetAccount(ctx, by, by.Account.User, e.Reason, ended, err)
	if err != nil {
		return EndedSessions{}, s.fault(ctx, "end sessions", err)
	}
	return EndedSessions{RevokedCount: len(ended)}, nil
}

// end ends one session of a user, also when the caller hangs up meanwhile, as a
// page does that logs out and moves on. Memory forgets it before the answer is
// given, whether or not the store was sure: nothing is refused later than the
// answer. A device that its owner logs out from another is forgotten with it.
func (s *Service) end(ctx context.Context, by Caller, user, session string, why EndReason) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	err := s.Sessions.EndSession(ctx, Ending{
		Directory: by.Tenant.Directory, User: user, Session: session, Reason: why, At: s.now(), Forget: why == EndRemoteLogout,
		Note: Note{Events: []Event{by.event(s, ActionLogout, user, session, string(why))}},
	})
	if err == nil {
		s.tellEnded(ctx, by.Tenant, user, why, session)
	}
	s.tellDoubtful(ctx, by.Tenant, err, session)
	s.Live.DropSessions(by.Tenant.Directory, session)
	if errors.Is(err, ErrNoRecord) {
		return ErrNoSuchSession
	}
	return s.fault(ctx, "end session", err)
}
