package httpd

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// roleRoutes are the roles and spaces of a tenant.
func roleRoutes() []*route {
	const group = groupRoles
	return []*route{
		run(route{
			methods: methodGet, group: group, summary: "List roles", outcomes: []auth.Outcome{auth.OutcomeRoles},
			examples: examples{out: []any{[]auth.RoleView{exampleRole}}},
		}, "/roles", (*auth.Service).ListRoles),
		run(route{
			methods: methodPost, group: group, status: http.StatusCreated, summary: "Make a role", outcomes: []auth.Outcome{auth.OutcomeRoleCreated},
			errors: []*auth.Error{auth.ErrRoleTaken, auth.ErrTooManyRoles}, examples: examples{in: exampleNewRole, out: []any{exampleRole}},
		}, "/roles", (*auth.Service).CreateRole),
		run(route{
			methods: methodPatch, group: group, summary: "Change a role", text: "Whoever has it has the new permissions at once.",
			outcomes: []auth.Outcome{auth.OutcomeRoleChanged}, errors: []*auth.Error{auth.ErrRoleNotFound},
			examples: examples{in: exampleRoleEdit, out: []any{exampleRole}},
		}, "/roles/{name}", (*auth.Service).UpdateRole),
		run(route{
			methods: methodDelete, group: group, summary: "Delete a role that nobody has", outcomes: []auth.Outcome{auth.OutcomeRoleDeleted},
			errors: []*auth.Error{auth.ErrRoleNotFound, auth.ErrRoleInUse}, examples: examples{out: []any{auth.Deleted{Deleted: true}}},
		}, "/roles/{name}", (*auth.Service).DeleteRole),
		run(route{
			methods: methodGet, group: group, summary: "List spaces", outcomes: []auth.Outcome{auth.OutcomeSpaces},
			examples: examples{out: []any{[]auth.SpaceView{exampleSpace}}},
		}, "/spaces", (*auth.Service).ListSpaces),
		run(route{
			methods: methodPost, group: group, status: http.StatusCreated, summary: "Make a space", outcomes: []auth.Outcome{auth.OutcomeSpaceCreated},
			errors: []*auth.Error{auth.ErrSpaceTaken}, examples: examples{in: exampleNewSpace, out: []any{exampleSpace}},
		}, "/spaces", (*auth.Service).CreateSpace),
	}
}
