package site

import (
	"net/http"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// deleteTenant deletes a tenant whose name was typed, so that nobody deletes the
// one beside it.
func (v *visit) deleteTenant(d tenantSettings) {
	if strings.TrimSpace(v.field("confirm")) != d.Name {
		var a answer
		a.Status, a.Meta.Code = http.StatusBadRequest, auth.ErrValidation.Code
		a.Meta.Fields = []auth.FieldProblem{{Field: "confirm", Problem: "is not the name of the tenant"}}
		v.settled(d, a)
		return
	}
	a := v.ask(http.MethodDelete, v.tenantPath(), nil)
	if !a.ok() {
		v.settled(d, a)
		return
	}
	v.say(a.Meta.Code)
	v.see(console + "/tenants")
}
