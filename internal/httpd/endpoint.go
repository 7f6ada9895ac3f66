package httpd

import (
	"context"
	"net/http"
	"reflect"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/quota"
	"github.com/latchkey/latchkey/internal/wire"
)

// route is one line of the table: what answers, to whom, and all that the
// document says of it.
type route struct {
	methods    []string
	paths      []string // the first is the one to use; the rest are aliases
	public     bool
	tenantless bool                // needs no tenant: it is about the deployment
	linked     bool                // takes the token of a mailed link, which knows its tenant
	page       string              // which page a browser gets instead of JSON
	ready      func(*exchange) any // looks at the link that the form on that page came with
	rotates    bool                // changes state whatever the method
	login      bool                // a step of a login: wants to know the device
	operated   bool                // for operators too, by their key; its query is read strictly
	served     bool                // for services too, by their API key; its query is read strictly
	stream     bool                // its answer has no end
	frequent   bool                // asked at every request of somebody else: a line in the log says little
	grants     bool                // gives out tokens though nobody logs in
	mails      bool                // sends mail to whom the caller names, so it is limited though it is not public
	limits     *quota.Limits       // nil: none
	summary    string
	text       string
	group      string
	status     int            // of its success
	outcomes   []auth.Outcome // of its success; the first where the result does not say
	errors     []*auth.Error  // beside those that every route of its sort has
	examples   examples
	bare       any          // an example of an answer without the envelope; nil: none
	in, out    reflect.Type // nil: none
	inputs     []input      // of in, those that are not in the body
	serve      func(*exchange) error
}

// examples are shown in the document: a request and, for each outcome, the data.
type examples struct {
	in  any
	out []any
}

// changes reports whether a request to this route changes something.
func (rt *route) changes(method string) bool {
	return rt.rotates || method != http.MethodGet && method != http.MethodHead
}

// listed is an auth.Page: its items, and the cursor of the next page.
type listed interface {
	Listed() (items any, next string)
}

// rule is a rule of package auth, as a method expression.
type rule[In, Out any] func(*auth.Service, context.Context, auth.Caller, In) (Out, error)

// do makes a route of a rule: read the body, apply the rule, write the answer.
func do[In, Out any](rt route, f rule[In, Out]) *route {
	return doWith(rt, func(x *exchange, in In) (Out, error) {
		return f(x.server.service, x.r.Context(), x.by, in)
	})
}

// doWith is do for a rule that needs more of the request than its body.
func doWith[In, Out any](rt route, f func(*exchange, In) (Out, error)) *route {
	rt.in, rt.out = reflect.TypeFor[In](), reflect.TypeFor[Out]()
	rt.inputs = inputs(rt.in)
	if rt.status == 0 {
		rt.status = http.StatusOK
	}
	rt.serve = func(x *exchange) error {
		var in In
		if err := x.read(&in); err != nil {
			return err
		}
		if err := x.chargeCaller(rt.limits, in); err != nil {
			return err
		}
		out, err := f(x, in)
		if err != nil {
			return err
		}
		return deliver(x, &rt, out)
	}
	return &rt
}

// deliver writes a rule's result, its tokens by the way that is due.
func deliver[Out any](x *exchange, rt *route, out Out) error {
	data := any(out)
	if granted, ok := data.(interface{ Tokens() auth.Grant }); ok {
		way := x.refreshIn
		if !rt.takesRefresh() {
			var err error
			if way, err = x.delivery(); err != nil {
				return err
			}
		}
		if way != byBody {
			x.setCookies(granted.Tokens())
		}
		if bare, ok := data.(interface{ WithoutTokens() Out }); ok && way == byCookie {
			data = bare.WithoutTokens()
		}
	}
	e := success(rt.status, wire.OutcomeOf(out, rt.outcomes[0]), data, x.server.now())
	if list, ok := data.(listed); ok {
		e.Data, e.Meta.NextCursor = list.Listed()
	}
	x.write(e)
	return nil
}

// takesRefresh reports whether the route is given a refresh token, and so
// answers by the way it came.
func (rt *route) takesRefresh() bool {
	return rt.outcomes[0] == auth.OutcomeRefreshed
}
