package httpd

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// invitationPage is the page of an invitation's link.
const invitationPage = "invitation"

// accountRoutes are the ways back in: locks, forgotten passwords, logins that
// were somebody else's. The links in mails open pages in a browser and answer
// programs with JSON; a GET changes nothing, since mail scanners follow links.
func accountRoutes() []*route {
	const group = groupAccount
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	link := func(rt route, path, page string) route {
		rt.paths, rt.page, rt.group, rt.public, rt.linked = []string{path}, page, group, true, true
		rt.errors = append(rt.errors, auth.ErrLinkInvalid)
		return rt
	}
	look := func(path, page, summary string, ready auth.Outcome, f rule[auth.LinkInput, auth.LinkReady]) *route {
		return do(link(route{
			methods: get, summary: summary, text: "A browser gets a page with one button. Nothing is changed, and the link stays good.",
			outcomes: []auth.Outcome{ready}, examples: examples{out: []any{exampleLink}},
		}, path, page), f)
	}
	return []*route{
		do(route{
			methods: post, paths: []string{"/auth/unlock/request"}, public: true, login: true, group: group, status: http.StatusAccepted,
			summary: "Ask for another unlock link", text: "Always the same answer; a link is mailed where the address has a locked account.",
			outcomes: []auth.Outcome{auth.OutcomeUnlockSent}, examples: examples{in: exampleEmail, out: []any{true}},
		}, (*auth.Service).RequestUnlock),
		look("/auth/unlock", "unlock", "Open an unlock link", auth.OutcomeUnlockReady, (*auth.Service).UnlockReady),
		do(link(route{
			methods: post, ready: opened((*auth.Service).UnlockReady), summary: "Unlock an account with the mailed link",
			outcomes: []auth.Outcome{auth.OutcomeUnlocked, auth.OutcomeNotLocked},
			examples: examples{in: exampleLinkInput, out: []any{exampleUnlocked, exampleUnlocked}},
		}, "/auth/unlock", "unlock"), (*auth.Service).Unlock),
		do(route{
			methods: post, paths: []string{"/auth/password/forgot"}, public: true, login: true, group: group, status: http.StatusAccepted,
			summary: "Ask for a link to set a new password", text: "Always the same answer; a link is mailed where the address has an account.",
			outcomes: []auth.Outcome{auth.OutcomeResetSent}, examples: examples{in: exampleEmail, out: []any{true}},
		}, (*auth.Service).ForgotPassword),
		look("/auth/password/reset", "reset", "Open a link to set a new password", auth.OutcomeResetReady, (*auth.Service).ResetReady),
		do(link(route{
			methods: post, login: true, ready: opened((*auth.Service).ResetReady), summary: "Set a new password with the mailed link",
			text:     "Every session ends, every device is forgotten, a lock is cleared. A password that is refused leaves the link good.",
			outcomes: []auth.Outcome{auth.OutcomePassword}, errors: []*auth.Error{auth.ErrOverloaded},
			examples: examples{in: exampleReset, out: []any{true}},
		}, "/auth/password/reset", "reset"), (*auth.Service).ResetPassword),
		do(route{
			methods: post, paths: []string{"/auth/password/change"}, login: true, group: group,
			summary: "Change one's password", text: "Every other session ends, every other device is forgotten.",
			outcomes: []auth.Outcome{auth.OutcomePassword},
			errors:   []*auth.Error{auth.ErrCredentials, auth.ErrLocked, auth.ErrOverloaded, auth.ErrRateLimited},
			examples: examples{in: exampleChange, out: []any{true}},
		}, (*auth.Service).ChangePassword),
		do(link(route{
			methods: get, summary: "Open an invitation", text: "A browser gets a page with a form. Nothing is changed, and the link stays good.",
			outcomes: []auth.Outcome{auth.OutcomeInviteReady}, errors: []*auth.Error{auth.ErrSignUpClosed}, examples: examples{out: []any{exampleInvitation}},
		}, "/auth/invitation", invitationPage), (*auth.Service).InvitationReady),
		do(link(route{
			methods: post, login: true, ready: opened((*auth.Service).InvitationReady), summary: "Accept an invitation",
			text:     "Makes an account or, where the address has one, gives it a seat in the tenant. It logs nobody in.",
			outcomes: []auth.Outcome{auth.OutcomeJoined}, errors: []*auth.Error{auth.ErrOverloaded, auth.ErrSignUpClosed},
			examples: examples{in: exampleAccept, out: []any{exampleJoined}},
		}, "/auth/invitation", invitationPage), (*auth.Service).AcceptInvitation),
		look("/auth/disown", "disown", "Open a link that says: this was not me", auth.OutcomeDisownReady, (*auth.Service).DisownReady),
		do(link(route{
			methods: post, login: true, ready: opened((*auth.Service).DisownReady), summary: "Say of a new device: this was not me",
			text:     "Its session ends, the account is locked for devices that have not logged in before, and a link for a new password is mailed.",
			outcomes: []auth.Outcome{auth.OutcomeDisowned},
			examples: examples{in: exampleLinkInput, out: []any{auth.EndedSession{SessionID: exampleID}}},
		}, "/auth/disown", "disown"), (*auth.Service).Disown),
	}
}
