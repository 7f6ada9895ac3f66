package site

import (
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// mailList is the page of a tenant's mails.
type mailList struct {
	Mails    []auth.MailView
	Statuses []string
	paging
}

func showMails(v *visit) { v.mails(nil) }

// mails shows the outbox, after what was not accepted.
func (v *visit) mails(failed *answer) {
	a, p := v.listed("/mails", "status")
	list := mailList{Statuses: []string{"queued", "sent", "dead"}, paging: p}
	switch {
	case a.Meta.Code == auth.ErrValidation.Code: // what is asked for cannot be
		v.again(page{name: "mails", data: list, fields: map[string]string{"cursor": "status"}}, a)
	case !a.ok():
		v.failed(a)
	case a.read(&list.Mails) != nil:
		v.failed(v.broken("the mails could not be read", a.read(&list.Mails)))
	case failed != nil:
		v.again(page{name: "mails", data: list}, *failed)
	default:
		v.render(http.StatusOK, page{name: "mails", data: list})
	}
}

// retryMail has a mail tried again.
func retryMail(v *visit) {
	a := v.ask(http.MethodPost, apiPath("mails", v.field("mail"))+"/retry", nil)
	if !a.ok() {
		v.mails(&a)
		return
	}
	v.say(a.Meta.Code)
	v.see(v.In(v.tenant, "mails"))
}
