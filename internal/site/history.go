package site

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// past is the page of what happened to an account.
type past struct {
	Events []auth.PastView
	paging
}

func showHistory(v *visit) {
	a, p := v.listed("/auth/history")
	list := past{paging: p}
	switch {
	case a.Status == http.StatusBadRequest: // an address of long ago: the list begins anew
		v.see(account + "/history")
	case !a.ok():
		v.failed(a)
	case a.read(&list.Events) != nil:
		v.failed(v.broken("the history could not be read", a.read(&list.Events)))
	default:
		v.render(http.StatusOK, page{name: "history", data: list})
	}
}

// Cause is the reason of what happened, in words.
func (v *visit) Cause(e auth.PastView) string {
	return v.Why(happening{EventView: auth.EventView{Action: e.Action, Reason: e.Reason}})
}
