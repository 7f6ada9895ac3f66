package httpd

import (
	"net/http"
	"reflect"

	"github.com/latchkey/latchkey/internal/auth"
)

// streamRoutes are the answers that have no end.
func streamRoutes() []*route {
	get := []string{http.MethodGet}
	errors := []*auth.Error{errCrowded, errNotReady}
	in := reflect.TypeFor[revocationsInput]()
	return []*route{
		{
			methods: get, paths: []string{"/auth/revocations"}, operated: true, served: true, stream: true, group: groupDeployment, status: http.StatusOK,
			summary: "What guards elsewhere must know",
			text: "A stream of events for services that check access tokens by themselves: first hello, then everything that still matters, then ready, and from then on what happens, " +
				"with a comment every five seconds. As long as those come, nothing is missed. " +
				"For services' API keys with the scope " + auth.ScopeRevocations + ", and for operators. With the header Last-Event-ID only what may be new is told.",
			errors: errors, in: in, inputs: inputs(in), serve: serveRevocations,
			bare: "event: hello\ndata: {\"tenantId\":\"default\",\"accessTokenLife\":900,\"heartbeat\":5,\"resumed\":false}\n\n" +
				"id: " + exampleID + "\nevent: session.ended\ndata: {\"id\":\"" + exampleID + "\",\"event\":\"session.ended\",\"at\":\"2026-01-31T09:26:45.867Z\"," +
				"\"tenants\":[\"default\"],\"userId\":\"" + exampleID + "\",\"sessionId\":\"" + exampleID + "\",\"reason\":\"logout\"}\n\nevent: ready\ndata: {}\n\n",
		},
		{
			methods: get, paths: []string{"/auth/session/events"}, stream: true, group: groupSession, status: http.StatusOK,
			summary: "What becomes of this session",
			text: "A stream of events for a page that wants to know at once: hello; refresh, when new tokens are to be asked for, as roles have changed; " +
				"session.ended with the reason, and then the stream ends. A comment comes every 15 seconds.",
			errors: append([]*auth.Error{auth.ErrRateLimited}, errors...), serve: serveSessionEvents,
			bare: "event: hello\ndata: {\"sessionId\":\"" + exampleID + "\",\"heartbeat\":15}\n\n" +
				"event: session.ended\ndata: {\"sessionId\":\"" + exampleID + "\",\"reason\":\"remote_logout\"}\n\n",
		},
	}
}
