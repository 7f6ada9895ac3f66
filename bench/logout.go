package main

import (
	"context"
	"net/http"
	"sync/atomic"
)

// logoutLeast is the number of sessions to end when no login left as many.
const logoutLeast = 2 * widest

// measureLogout ends sessions that the server holds in memory, and after each
// answer asks with the ended one: it must be refused already.
func (b *bench) measureLogout(ctx context.Context) error {
	for len(b.loose) < logoutLeast {
		p, err := b.signUp(ctx)
		if err != nil {
			return err
		}
		b.loose = append(b.loose, p.access)
	}
	tokens := b.loose
	b.loose = nil
	if _, err := b.each(ctx, tokens, checked); err != nil {
		return err
	}
	s, err := b.each(ctx, tokens, loggedOut)
	if err != nil {
		return err
	}
	b.add(rate("logout, and refused after it", s))
	return nil
}

func checked(c *conn, token string) error {
	return always(get("/auth/verify-token", token), http.StatusOK, codeValid)(c)
}

func loggedOut(c *conn, token string) error {
	if err := always(post("/auth/logout", token, ""), http.StatusOK, codeLoggedOut)(c); err != nil {
		return err
	}
	return always(get("/auth/verify-token", token), http.StatusUnauthorized, codeSessionGone)(c)
}

// each does something once with every token, on all connections.
func (b *bench) each(ctx context.Context, tokens []string, do func(*conn, string) error) (sample, error) {
	var next atomic.Int64
	return load{address: b.address, on: b.server, conns: widest, span: manyPatience, step: func(int) step {
		return func(c *conn) error {
			i := int(next.Add(1)) - 1
			if i >= len(tokens) {
				return errSpent
			}
			return do(c, tokens[i])
		}
	}}.run(ctx)
}
