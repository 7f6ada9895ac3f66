package httpd

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// runRoutes are what those who run the deployment, or a tenant, look after
// beside its users: keys, the record.
func runRoutes() []*route {
	return []*route{
		run(route{
			methods: methodPost, group: groupMembers, status: http.StatusAccepted, summary: "Mail a user a link to set a new password",
			text:     "Nothing changes until it is used. Two in ten minutes at most, whoever asks.",
			outcomes: []auth.Outcome{auth.OutcomeMemberReset}, errors: []*auth.Error{auth.ErrUserNotFound, auth.ErrRateLimited}, examples: examples{out: []any{true}},
		}, "/users/{id}/reset-password", (*auth.Service).ResetMember),
		run(route{
			methods: methodGet, group: groupMembers, summary: "What goes on in a tenant, step by step up to now", text: "A day by the hour, or a week by six hours.",
			outcomes: []auth.Outcome{auth.OutcomeOverview}, examples: examples{out: []any{exampleOverview}},
		}, "/overview", (*auth.Service).Overview),
		run(route{
			methods: methodGet, group: groupDeployment, summary: "List the mails of a tenant", text: "Newest first: those that wait, that were sent in the last days, and dead letters. What is in them is not told.",
			outcomes: []auth.Outcome{auth.OutcomeMails}, examples: examples{out: []any{[]auth.MailView{exampleMail}}},
		}, "/mails", (*auth.Service).ListMails),
		run(route{
			methods: methodPost, group: groupDeployment, summary: "Try a mail again at once", text: "One that waits, or a dead letter.",
			outcomes: []auth.Outcome{auth.OutcomeMailQueued}, errors: []*auth.Error{auth.ErrMailNotFound}, examples: examples{out: []any{true}},
		}, "/mails/{id}/retry", (*auth.Service).RetryMail),
		run(route{
			methods: methodGet, group: groupDeployment, summary: "Check that nothing in the record was changed, taken out or put in",
			text:     "For operators: the whole record of the tenant's directory. One check at a time.",
			outcomes: []auth.Outcome{auth.OutcomeChecked}, examples: examples{out: []any{exampleTrail}},
		}, "/audit-events/verification", (*auth.Service).CheckRecord),
		run(route{
			methods: methodGet, group: groupDeployment, summary: "How the deployment is", text: "For operators. As the instance that answers sees it.",
			outcomes: []auth.Outcome{auth.OutcomeSystem}, examples: examples{out: []any{exampleSystem}},
		}, "/system", (*auth.Service).System),
		run(route{
			methods: methodGet, group: groupDeployment, summary: "List the keys that sign access tokens", text: "For operators. Oldest first.",
			outcomes: []auth.Outcome{auth.OutcomeSigningKeys}, examples: examples{out: []any{exampleSigningKeys}},
		}, "/signing-keys", (*auth.Service).SigningKeys),
		run(route{
			methods: methodPost, group: groupDeployment, summary: "Make a new signing key", text: "For operators. The old one verifies until its last token has expired.",
			outcomes: []auth.Outcome{auth.OutcomeKeysRotated}, errors: []*auth.Error{auth.ErrKeysFixed},
			examples: examples{in: fields{"now": false}, out: []any{exampleSigningKeys}},
		}, "/signing-keys/rotate", (*auth.Service).RotateKeys),
	}
}
