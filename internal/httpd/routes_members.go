package httpd

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// memberRoutes are for those who run a tenant: its users, roles, spaces,
// invitations and record.
func memberRoutes() []*route {
	const group = groupMembers
	missing := func(more ...*auth.Error) []*auth.Error { return append([]*auth.Error{auth.ErrUserNotFound}, more...) }
	return []*route{
		run(route{
			methods: methodGet, group: group, summary: "List users", text: "Newest first; with q, by what begins with it: e-mail address, username, mobile number, name or a word of it.",
			outcomes: []auth.Outcome{auth.OutcomeUsers}, examples: examples{out: []any{[]auth.MemberView{exampleMember}}},
		}, "/users", (*auth.Service).ListMembers),
		run(route{
			methods: methodPost, group: group, status: http.StatusCreated, summary: "Make a user", text: "To let the person choose a password, send an invitation instead.",
			outcomes: []auth.Outcome{auth.OutcomeUserCreated}, errors: []*auth.Error{auth.ErrDuplicate, auth.ErrSpaceNotFound, auth.ErrOverloaded},
			examples: examples{in: exampleNewMember, out: []any{exampleMember}},
		}, "/users", (*auth.Service).CreateMember),
		run(route{
			methods: methodGet, group: group, summary: "Look at a user", outcomes: []auth.Outcome{auth.OutcomeUser}, errors: missing(),
			examples: examples{out: []any{exampleMember}},
		}, "/users/{id}", (*auth.Service).Member),
		run(route{
			methods: methodPatch, group: group, summary: "Change a user", text: "Not one that belongs to other tenants too, unless by an operator.",
			outcomes: []auth.Outcome{auth.OutcomeUserUpdated}, errors: missing(auth.ErrDuplicate, auth.ErrLastAdmin),
			examples: examples{in: exampleMemberChange, out: []any{exampleMember}},
		}, "/users/{id}", (*auth.Service).UpdateMember),
		run(route{
			methods: methodDelete, group: group, summary: "Remove a user from the tenant", text: "An account that belongs to no other tenant is deleted.",
			outcomes: []auth.Outcome{auth.OutcomeUserRemoved}, errors: missing(auth.ErrLastAdmin),
			examples: examples{out: []any{auth.Deleted{Deleted: true}}},
		}, "/users/{id}", (*auth.Service).RemoveMember),
		run(route{
			methods: methodPost, group: group, summary: "Lock a user", text: "Until somebody unlocks it; every session ends.",
			outcomes: []auth.Outcome{auth.OutcomeUserLocked}, errors: missing(), examples: examples{out: []any{exampleLockedMember}},
		}, "/users/{id}/lock", (*auth.Service).LockMember),
		run(route{
			methods: methodPost, group: group, summary: "Unlock a user", text: "Whoever locked it, and what was counted against the account is cleared.",
			outcomes: []auth.Outcome{auth.OutcomeUnlocked, auth.OutcomeNotLocked}, errors: missing(),
			examples: examples{out: []any{exampleUnlocked, exampleUnlocked}},
		}, "/users/{id}/unlock", (*auth.Service).UnlockMember),
		run(route{
			methods: methodGet, group: group, summary: "The devices on which a user is logged in to the tenant",
			outcomes: []auth.Outcome{auth.OutcomeSessions}, errors: missing(), examples: examples{out: []any{[]auth.SessionView{exampleSession}}},
		}, "/users/{id}/sessions", (*auth.Service).MemberSessions),
		run(route{
			methods: methodDelete, group: group, summary: "End all sessions of a user in the tenant",
			outcomes: []auth.Outcome{auth.OutcomeSessionsEnded}, errors: missing(), examples: examples{out: []any{auth.EndedSessions{RevokedCount: 3}}},
		}, "/users/{id}/sessions", (*auth.Service).EndMemberSessions),
		run(route{
			methods: methodPost, group: group, summary: "End one session of a user in the tenant",
			outcomes: []auth.Outcome{auth.OutcomeSessionEnded}, errors: missing(auth.ErrNoSuchSession),
			examples: examples{in: exampleEndSession, out: []any{auth.EndedSession{SessionID: exampleID}}},
		}, "/users/{id}/end-session", (*auth.Service).EndMemberSession),
		run(route{
			methods: methodPost, group: group, summary: "Give a user another role", text: "In the space that x-space-id names, else in all of the tenant's. Live sessions have it at once.",
			outcomes: []auth.Outcome{auth.OutcomeRoleUpdated}, errors: missing(auth.ErrLastAdmin),
			examples: examples{in: exampleRoleChange, out: []any{exampleChangedRole}},
		}, "/auth/change-role", (*auth.Service).ChangeRole),
		run(route{
			methods: methodPost, group: group, status: http.StatusAccepted, mails: true, summary: "Invite somebody by mail",
			text:     "Whether the address has an account already is not told.",
			outcomes: []auth.Outcome{auth.OutcomeInvited}, errors: []*auth.Error{auth.ErrMember, auth.ErrSpaceNotFound, auth.ErrSignUpClosed, auth.ErrRateLimited},
			examples: examples{in: exampleInvite, out: []any{exampleInvited}},
		}, "/invitations", (*auth.Service).Invite),
		run(route{
			methods: methodGet, group: group, summary: "Invitations that are open", text: "Those that nobody has accepted or taken back, and that are not over.",
			outcomes: []auth.Outcome{auth.OutcomeInvitations}, examples: examples{out: []any{[]auth.InvitationView{exampleInvitationView}}},
		}, "/invitations", (*auth.Service).ListInvitations),
		run(route{
			methods: methodPost, group: group, summary: "Take an invitation back", text: "Its link no longer works.",
			outcomes: []auth.Outcome{auth.OutcomeUninvited}, errors: []*auth.Error{auth.ErrNotInvited},
			examples: examples{in: exampleRevokeInvitation, out: []any{auth.RevokedInvitation{Email: "ben@example.com", Role: auth.RoleUser}}},
		}, "/invitations/revoke", (*auth.Service).RevokeInvitation),
		run(route{
			methods: methodGet, group: group, summary: "What happened in the tenant, newest first",
			outcomes: []auth.Outcome{auth.OutcomeEvents}, examples: examples{out: []any{[]auth.EventView{exampleEvent}}},
		}, "/audit-events", (*auth.Service).ListEvents),
	}
}
