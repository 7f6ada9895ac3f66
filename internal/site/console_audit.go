package site

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// happening is a line of the record for people.
type happening struct {
	auth.EventView
	Who, By string // whom it is about and who did it, as people call them
}

// Gone reports whether whom it is about is no longer in the tenant.
func (h happening) Gone() bool { return h.Who == h.UserID }

// happenings says of events whom they are about. Everybody is asked for once.
func (v *visit) happenings(events []auth.EventView) []happening {
	names := map[string]string{}
	all := make([]happening, 0, len(events))
	for _, e := range events {
		h := happening{e, v.whoIs(names, e.UserID), v.whoIs(names, e.Actor)}
		if uuid.Validate(h.By) == nil {
			h.By = v.T("audit.gone")
		}
		all = append(all, h)
	}
	return all
}

// whoIs is what somebody whom an event names is called: the name of a user who
// is there, else what the event says.
func (v *visit) whoIs(known map[string]string, id string) string {
	name, found := known[id]
	if found || id == "" {
		return name
	}
	name = id
	var u auth.MemberView
	switch {
	case strings.HasPrefix(id, "operator:"):
		name = v.T("audit.operator")
	case v.words.has("audit.by." + id):
		name = v.T("audit.by." + id)
	case uuid.Validate(id) == nil:
		if a := v.ask(http.MethodGet, apiPath("users", id), nil); a.ok() && a.read(&u) == nil {
			name = u.Name
		}
	}
	known[id] = name
	return name
}

// Deed is what happened in words, "" for what a newer service wrote down.
func (v *visit) Deed(a auth.Action) string {
	return cmp.Or(v.known("action."+string(a)), string(a))
}

// Why is the reason of an event in words: a role, what of a user was changed,
// or why something was done.
func (v *visit) Why(e happening) string {
	if e.Action == auth.ActionUserRole {
		from, to, _ := strings.Cut(e.Reason, " to ")
		return v.T("reason.roles", v.RoleName(from), v.RoleName(to))
	}
	if e.Action == auth.ActionUserChanged {
		return v.changes(strings.Fields(e.Reason))
	}
	if slices.Contains(seating, e.Action) {
		return v.RoleName(e.Reason)
	}
	return cmp.Or(v.known("reason."+e.Reason), e.Reason)
}

// seating are the actions that gave somebody the role that they name.
var seating = []auth.Action{auth.ActionUserMade, auth.ActionInvited, auth.ActionJoined, auth.ActionUninvited}

// changes are fields of a user, such as name, and status=disabled.
func (v *visit) changes(fields []string) string {
	var words []string
	for _, field := range fields {
		words = append(words, cmp.Or(v.known("people."+field), v.known(strings.Replace(field, "=", ".", 1)), field))
	}
	return strings.Join(words, ", ")
}

// actions are what can be asked for, in the order in which people look for it.
var actions = []auth.Action{
	auth.ActionLogin, auth.ActionLoginFailed, auth.ActionCodeSent, auth.ActionCodeFailed, auth.ActionLogout, auth.ActionLogoutAll,
	auth.ActionSessionLimit, auth.ActionReuse, auth.ActionDisowned, auth.ActionSwitched,
	auth.ActionSignUp, auth.ActionSignUpTaken, auth.ActionLocked, auth.ActionUnlockSent, auth.ActionUnlocked,
	auth.ActionResetSent, auth.ActionReset, auth.ActionPassword, auth.ActionPasswordHash,
	auth.ActionUserMade, auth.ActionUserImported, auth.ActionUserChanged, auth.ActionUserStatus,
	auth.ActionUserRole, auth.ActionInvited, auth.ActionUninvited, auth.ActionJoined, auth.ActionUserRemoved, auth.ActionUserLeft, auth.ActionMain,
	auth.ActionRoleMade, auth.ActionRoleChanged, auth.ActionRoleGone, auth.ActionSpaceMade,
	auth.ActionServiceKey, auth.ActionServiceKeyRevoked, auth.ActionOperatorKey, auth.ActionKeyRevoked, auth.ActionKeyAdded,
	auth.ActionTenantMade, auth.ActionTenant, auth.ActionTenantStatus, auth.ActionTenantGone, auth.ActionSettings, auth.ActionGathered,
}

// trail is the page of the record.
type trail struct {
	Events      []happening
	Actions     []auth.Action
	First, Next string // addresses of other pages of the list
}

func showAudit(v *visit) {
	l := trail{Actions: actions, First: v.first()}
	q := v.asked("action", "cursor")
	for name, later := range map[string]int{"from": 0, "to": 1} { // to the end of the last day
		if text := v.param(name); text != "" {
			q.Set(name, momentOf(text, later))
		}
	}
	if who := v.asked("user").Get("user"); who != "" {
		id, a := v.findUser(who)
		if !a.ok() {
			v.failedAudit(l, a)
			return
		}
		q.Set("userId", id)
	}
	a := v.ask(http.MethodGet, "/audit-events?"+q.Encode(), nil)
	if !a.ok() {
		v.failedAudit(l, a)
		return
	}
	var events []auth.EventView
	if err := a.read(&events); err != nil {
		v.failed(v.broken("the record could not be read", err))
		return
	}
	l.Events, l.Next = v.happenings(events), v.further(a.Meta.NextCursor)
	v.render(http.StatusOK, page{name: "audit", data: l})
}

// momentOf is when a day of UTC begins, as the API takes it, or one some days
// later; what is no day it is left to refuse.
func momentOf(text string, later int) string {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return day.AddDate(0, 0, later).Format(time.RFC3339)
}

// Picked is the day that the address names, "" for what is none.
func (v *visit) Picked(name string) string {
	text := v.param(name)
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return ""
	}
	return text
}

// failedAudit shows the form again with what was wrong with it; who may not
// look gets none.
func (v *visit) failedAudit(l trail, a answer) {
	if len(a.Meta.Fields) == 0 {
		v.failed(a)
		return
	}
	v.again(page{name: "audit", data: l, fields: map[string]string{"userId": "user", "cursor": "user"}}, a)
}

// findUser is the id of whom somebody means: by id, or by what finds one alone.
func (v *visit) findUser(who string) (id string, a answer) {
	if uuid.Validate(who) == nil {
		a.Meta.Status = "success"
		return who, a
	}
	a = v.ask(http.MethodGet, "/users?limit=2&"+url.Values{"q": {who}}.Encode(), nil)
	var found []auth.MemberView
	if a.ok() && a.read(&found) == nil && (len(found) == 1 || len(found) > 1 && found[0].Email == who) {
		return found[0].ID, a
	}
	if a.ok() {
		problem := "is nobody's here"
		if len(found) > 1 {
			problem = "fits several"
		}
		a.Status, a.Meta.Status, a.Meta.Code = http.StatusBadRequest, "error", auth.ErrValidation.Code
		a.Meta.Fields = []auth.FieldProblem{{Field: "user", Problem: problem}}
	}
	return "", a
}

// showVerification has the record checked, link by link.
func showVerification(v *visit) {
	var report auth.RecordCheck
	if v.fetch("/audit-events/verification", &report) {
		v.render(http.StatusOK, page{name: "audit-verification", data: report})
	}
}
