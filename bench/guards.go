package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard"
)

const (
	guardTries  = 500    // logouts that a guard is watched at
	manyListen  = 10_000 // streams open at once
	listenAtOne = 64     // that are being opened
	halfSpan    = 10 * time.Second
)

// measureGuards runs an instance of its own and a guard in this process: how
// long a known token takes, how soon a logout is known, what ten thousand
// listeners cost, and what the gateway adds.
func (b *bench) measureGuards(ctx context.Context) (err error) {
	g := &bench{options: b.options, told: b.told, dir: filepath.Join(b.dir, "guards"), binary: b.binary, sink: b.sink, bare: b.bare, known: b.known}
	if err := os.Mkdir(g.dir, 0o700); err != nil {
		return err
	}
	database := filepath.Join(g.dir, "latchkey.db")
	if g.server, g.address, err = g.startLatchkey(ctx, database); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.server.stop()) }()
	if g.people, err = g.signUpMany(ctx, widest); err != nil {
		return err
	}
	key, err := g.serviceKey(ctx, database)
	if err != nil {
		return err
	}
	base := "http://" + g.address
	lock, err := guard.New(guard.Config{
		Issuer: "http://localhost", Keys: guard.JWKS(base + "/.well-known/jwks.json"), VerifyURL: base + "/auth/verify",
		Feed: guard.Feed{URL: base + "/auth/revocations", Key: key},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := lock.Ready(ctx); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return g.timeVerify(ctx, lock) },
		func() error { return g.watchGuard(ctx, lock) },
		func() error { return g.openListeners(ctx, key) },
		func() error { return g.timeGateway(ctx, key) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	b.add(g.results...)
	return nil
}

// serviceKey makes an API key beside the server.
func (b *bench) serviceKey(ctx context.Context, database string) (string, error) {
	c := exec.CommandContext(ctx, b.binary, "api-key", "create", "--name", "bench", "--all-tenants", "--scope", "revocations:read", "--json") //nolint:gosec // built by us
	c.Dir, c.Env = filepath.Dir(database), b.environment(database, 3502)
	out, err := c.Output()
	if err != nil {
		return "", err
	}
	var made struct{ Key string }
	return made.Key, json.Unmarshal(out, &made)
}

// timeVerify measures a token that was seen before, with revocation checked.
func (b *bench) timeVerify(ctx context.Context, lock *guard.Guard) error {
	token := b.people[0].access
	if _, err := lock.Verify(ctx, token); err != nil {
		return err
	}
	var failed error
	r := testing.Benchmark(func(t *testing.B) {
		t.ReportAllocs()
		for t.Loop() {
			if _, err := lock.Verify(ctx, token); err != nil {
				failed = err
			}
		}
	})
	if failed != nil {
		return failed
	}
	b.add(
		result{Name: "guard.Verify of a known token", Value: float64(r.NsPerOp()), Unit: "ns"}.wantAtMost(500),
		result{Name: "guard.Verify of a known token, allocations", Value: float64(r.AllocsPerOp()), Unit: "each"}.wantAtMost(0),
	)
	return nil
}

// watchGuard ends one session after the other and measures, from the answer, how
// long the guard still lets it in.
func (b *bench) watchGuard(ctx context.Context, lock *guard.Guard) error {
	here, err := dial(b.address, time.Now().Add(manyPatience))
	if err != nil {
		return err
	}
	defer here.close()
	var took []time.Duration
	for n := range guardTries {
		p := b.people[n%len(b.people)]
		if n >= len(b.people) {
			if err := b.logIn(here, p); err != nil {
				return err
			}
		}
		if _, err := lock.Verify(ctx, p.access); err != nil {
			return err
		}
		if err := always(post("/auth/logout", p.access, ""), http.StatusOK, codeLoggedOut)(here); err != nil {
			return err
		}
		began := time.Now()
		for ctx.Err() == nil {
			if _, err := lock.Verify(ctx, p.access); err != nil {
				break
			}
			time.Sleep(50 * time.Microsecond) // or this loop would be what the server waits for
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.add(
		duration("logout seen by a guard on the feed, median", 1, percentile(took, 50)),
		duration("logout seen by a guard on the feed, 99th", 1, percentile(took, 99)).wantAtMost(250),
		duration("logout seen by a guard on the feed, worst", 1, percentile(took, 100)).wantAtMost(1000),
	)
	return nil
}
