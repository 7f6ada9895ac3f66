package httpd

import (
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/quota"
	"github.com/latchkey/latchkey/internal/wire"
)

// TestEveryPublicRouteHasItsRates, and every one that mails strangers: a line by
// its first path, with a rate for whatever is known of who asks; and no line is
// there for nobody.
func TestEveryPublicRouteHasItsRates(t *testing.T) {
	table := quota.Rates()
	unused := quota.Rates()
	for _, line := range []string{quota.Pages, quota.Preflights, quota.Refusals} {
		if table[line].Address.Events == 0 {
			t.Errorf("%s have no rate", line)
		}
		delete(unused, line)
	}
	subject := reflect.TypeFor[interface{ Subject() string }]()
	for _, rt := range routes() {
		if !rt.public && !rt.mails {
			continue
		}
		path := rt.paths[0]
		l := table[path]
		if l == nil {
			t.Errorf("%s has no line in rates", path)
			continue
		}
		delete(unused, path)
		if path == "/healthz" || path == "/metrics" {
			if l.Any() {
				t.Errorf("%s is limited", path)
			}
			continue
		}
		named := rt.in != nil && rt.in.Implements(subject)
		for what, has := range map[string]struct{ got, want bool }{
			"address": {l.Address.Events > 0, true},
			"account": {l.Account.Events > 0, named || rt.mails}, // the one that it is about, or that sends the mail
			"tenant":  {l.Tenant.Events > 0, !rt.tenantless && !rt.linked},
		} {
			if has.got != has.want {
				t.Errorf("%s: a rate per %s: %v, want %v", path, what, has.got, has.want)
			}
		}
	}
	for path := range unused {
		t.Errorf("%s has a line in rates and is neither a public route nor one that mails strangers", path)
	}
}

// TestRetryAfterIsSetForEveryErrorThatSaysIt, whatever its status.
func TestRetryAfterIsSetForEveryErrorThatSaysIt(t *testing.T) {
	for _, e := range []*auth.Error{auth.ErrRateLimited, auth.ErrLocked, auth.ErrOverloaded} {
		w := httptest.NewRecorder()
		x := &exchange{w: w, r: httptest.NewRequest("POST", "/auth/login", nil), server: &Server{service: &auth.Service{}}}
		x.write(failure(e.With(auth.Meta{RetryAfter: 7}), "id", exampleTime))
		if got := w.Header().Get("Retry-After"); got != "7" || w.Code != wire.Status(e.Kind) {
			t.Errorf("%s: %d with Retry-After %q", e.Code, w.Code, got)
		}
	}
}
