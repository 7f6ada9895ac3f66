// Package gateway is a reverse proxy that guards services which do not guard
// themselves: a table of routes says which request goes where and who may send
// it. What is not in the table is not there; what has no rule needs a token.
//
// It uses package guard like any other service, so that a session which was
// ended is refused here within a second, and knows nothing of how identities
// are made: the routes under /auth are passed on to the auth service, which
// checks them itself.
//
// What it promises to the services behind it: the headers X-User-Id, X-Role and
// their like are its own, whatever the client sent; a path means the same to it
// and to them; the client's tokens stay with it.
package gateway
