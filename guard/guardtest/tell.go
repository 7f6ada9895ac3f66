package guardtest

import (
	"fmt"
	"time"
)

// news is what guards are told, as it travels.
type news struct {
	ID          string    `json:"id"`
	Event       string    `json:"event"`
	At          time.Time `json:"at"`
	TenantID    string    `json:"tenantId,omitempty"`
	UserID      string    `json:"userId,omitempty"`
	SessionID   string    `json:"sessionId,omitempty"`
	KeyID       string    `json:"keyId,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	Role        string    `json:"role,omitempty"`
	Permissions []string  `json:"permissions,omitempty"`
	Seats       []Seat    `json:"seats,omitempty"`
}

// Seat is a user's place in a tenant, as [Server.ChangeUser] takes it.
type Seat struct {
	TenantID    string   `json:"tenantId"`
	SpaceID     string   `json:"spaceId"`
	Role        string   `json:"role"`
	Permissions []string `json:"permissions,omitempty"`
}

// EndSession ends a session. The reason is one of Latchkey's, such as logout, remote_logout or admin.
func (s *Server) EndSession(session, reason string) {
	s.tell(news{Event: "session.ended", SessionID: session, Reason: reason})
}

// MoveSession switches a session to another tenant.
func (s *Server) MoveSession(session, tenant string) {
	s.tell(news{Event: "session.moved", SessionID: session, TenantID: tenant})
}

// LockUser locks a user, until [Server.ChangeUser].
func (s *Server) LockUser(user string) {
	s.tell(news{Event: "user.locked", UserID: user, Reason: "LOCKED"})
}

// RemoveUser removes a user.
func (s *Server) RemoveUser(user string) { s.tell(news{Event: "user.removed", UserID: user}) }

// ChangeUser gives a user these seats and no other.
func (s *Server) ChangeUser(user string, seats ...Seat) {
	s.tell(news{Event: "user.changed", UserID: user, Seats: seats})
}

// ChangeRole gives a role of a tenant these permissions and no other.
func (s *Server) ChangeRole(tenant, role string, permissions ...string) {
	s.tell(news{Event: "role.changed", TenantID: tenant, Role: role, Permissions: permissions})
}

// ChangeTenant gives a tenant a status: ACTIVE, SUSPENDED, …
func (s *Server) ChangeTenant(tenant, status string) {
	s.tell(news{Event: "tenant.status", TenantID: tenant, Reason: status})
}

// RevokeKey revokes an API key that the server made.
func (s *Server) RevokeKey(key string) {
	s.mu.Lock()
	who, known := s.services[key]
	s.revoked[who.KeyID] = true
	s.mu.Unlock()
	if !known {
		s.t.Errorf("guardtest: RevokeKey: this server has made no such key")
		return
	}
	s.tell(news{Event: "key.revoked", KeyID: who.KeyID})
}

// tell tells guards, and returns when those that listen have it.
func (s *Server) tell(n news) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n.At = time.Now().UTC()
	n.ID = fmt.Sprintf("%08d-0000-7000-8000-000000000000", len(s.told)+1)
	s.told = append(s.told, n)
	for l := range s.listeners {
		l.wake()
	}
	s.heard()
}
