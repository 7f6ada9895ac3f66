package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/testserver"
)

// endedSessions is how many logouts are watched from another instance.
const endedSessions = 1000

// measureScale runs two instances on a PostgreSQL server of its own, on the same
// cores as everything else, and refreshes on one; then it ends sessions on the
// one and asks the other until that refuses them.
func (b *bench) measureScale(ctx context.Context) (err error) {
	url, err := testserver.StartPostgres()
	if err != nil {
		return err
	}
	defer testserver.Stop()
	s := &bench{options: b.options, told: b.told, dir: filepath.Join(b.dir, "scale"), binary: b.binary, sink: b.sink, bare: b.bare, known: b.known}
	s.set = append(slices.Clone(b.set), "DATABASE_URL="+url, "LATCHKEY_SECRET=YmVuY2gga2V5IG9mIHRoaXJ0eS10d28gYnl0ZXMgLi4=")
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return err
	}
	if err := s.startServer(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.server.stop()) }()
	if s.people, err = s.signUpMany(ctx, widest); err != nil {
		return err
	}
	if err := s.refreshOnServer(ctx); err != nil {
		return err
	}
	other, address, err := s.startLatchkey(ctx, filepath.Join(s.dir, "other"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, other.stop()) }()
	if err := s.watchLogouts(ctx, address); err != nil {
		return err
	}
	b.add(s.results...)
	return nil
}

func (b *bench) refreshOnServer(ctx context.Context) error {
	for _, n := range widths {
		bare, err := b.ceiling(ctx, barePath, n)
		if err != nil {
			return err
		}
		s, err := b.load(ctx, load{conns: n, step: func(i int) step { return b.people[i].rotate(nil) }})
		if err != nil {
			return err
		}
		r := rate("refresh, PostgreSQL", s).over("bare", bare.rate())
		if n == widest {
			r = r.wantRatio(0.09)
		}
		b.add(r)
	}
	return nil
}

// watchLogouts ends one session after the other and measures, from the answer,
// how long another instance still lets it in.
func (b *bench) watchLogouts(ctx context.Context, other string) error {
	here, err := dial(b.address, time.Now().Add(manyPatience))
	if err != nil {
		return err
	}
	defer here.close()
	there, err := dial(other, time.Now().Add(manyPatience))
	if err != nil {
		return err
	}
	defer there.close()
	var took []time.Duration
	for n := range endedSessions {
		p := b.people[n%len(b.people)]
		if n >= len(b.people) { // each of them has been ended once
			if err := b.logIn(here, p); err != nil {
				return err
			}
		}
		if err := checked(there, p.access); err != nil { // now it is held there
			return err
		}
		if err := always(post("/auth/logout", p.access, ""), http.StatusOK, codeLoggedOut)(here); err != nil {
			return err
		}
		d, err := refusedAfter(ctx, there, p.access)
		if err != nil {
			return err
		}
		took = append(took, d)
	}
	slices.Sort(took)
	at := func(part float64) time.Duration { return took[int(part*float64(len(took)-1))] }
	b.add(
		duration("logout seen by another instance, median", 1, at(0.5)),
		duration("logout seen by another instance, 99th", 1, at(0.99)).wantAtMost(50),
		duration("logout seen by another instance, worst", 1, at(1)),
	)
	return nil
}

// refusedAfter asks until the token is refused.
func refusedAfter(ctx context.Context, c *conn, token string) (time.Duration, error) {
	ask, began := get("/auth/verify-token", token), time.Now()
	for ctx.Err() == nil {
		a, err := c.do(ask)
		if err != nil {
			return 0, err
		}
		if a.status == http.StatusUnauthorized {
			return time.Since(began), nil
		}
		if since := time.Since(began); since > patience {
			return 0, fmt.Errorf("a session that was ended is let in elsewhere after %s", since)
		}
	}
	return 0, ctx.Err()
}

// logIn gives a person another session.
func (b *bench) logIn(c *conn, p *person) error {
	a, err := c.do(post("/auth/login", "", fmt.Sprintf(`{"email":%q,"password":%q}`, p.email, benchPassword)))
	if err != nil {
		return err
	}
	if err := a.expect(http.StatusOK, codeLogin); err != nil {
		return err
	}
	return p.take(a)
}
