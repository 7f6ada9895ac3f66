package auth

import (
	"cmp"
	"strings"
)

// Caller is who asks, from where, and for which tenant. A door makes it with
// [Service.Anyone] or [Service.Authorize]; every rule takes it.
type Caller struct {
	Tenant Tenant // its Policy has the deployment's where the tenant says nothing
	Origin

	// Set by Authorize only.
	Account Account
	Session Session
	Seat    Seat

	// Operator names who runs the deployment: operator:<id of the key>,
	// [AtCommandLine] or [AtTrustedPeer]. "" for everybody else. Set by Operate,
	// CommandLine and TrustedPeer only.
	Operator string

	// Service is the API key of the service that asks; the zero APIKey: none
	// does. Set by Serve only.
	Service APIKey
}

// AtCommandLine is the operator who has a shell on the machine.
const AtCommandLine = "command-line"

// operatorMark is in front of the id of an operator's key, where it is written
// down who did something.
const operatorMark = "operator:"

// isOperator reports whether an event was an operator's doing.
func isOperator(actor string) bool {
	return actor == AtCommandLine || actor == AtTrustedPeer || strings.HasPrefix(actor, operatorMark)
}

// AtTrustedPeer is the operator who sends commands over the Nest door.
const AtTrustedPeer = "trusted-peer"

// actor is who is written down as the one who did something to an account: ""
// for its owner.
func (c Caller) actor(user string) string {
	if c.Account.User.ID == user {
		return c.Operator
	}
	return cmp.Or(c.Operator, c.Account.User.ID)
}

// Origin is what a door knows of a request beside its credentials.
type Origin struct {
	TenantSlug string // as asked for; "" when the request names none
	Space      string // id of the space asked for; "" when the request names none
	Addr       string // the client's address, through trusted proxies only
	// Relayed says that a gateway sent the request and not where from. What is
	// counted by network is not counted then: everybody behind it would be one.
	Relayed    bool
	Agent      string // User-Agent header
	DeviceName string // as people would call it, from the User-Agent
	Device     Secret // device token, "" when none came
	// Replaces is the refresh token that a browser's new cookies will
	// overwrite, ReplacesAccess the access token; "" where there is none.
	Replaces       Secret
	ReplacesAccess Secret
	RequestID      string
}

// event starts an audit event about this caller.
func (c Caller) event(s *Service, a Action, user, session, reason string) Event {
	return Event{
		ID: s.newID(), Directory: c.Tenant.Directory, Tenant: c.Tenant.ID, At: s.now(), Action: a,
		User: user, Session: session, Actor: c.actor(user), IP: c.Addr, Agent: clip(c.Agent, agentLimit), RequestID: c.RequestID, Reason: reason,
	}
}

// agentLimit bounds the User-Agent that is kept, in bytes.
const agentLimit = 512

// clip cuts what a client says of itself at n bytes, at the start of a character,
// and replaces what is no text: databases refuse it, or keep something else.
func clip(s string, n int) string {
	if len(s) > n {
		for n > 0 && s[n]&0xC0 == 0x80 {
			n--
		}
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
