package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"
)

const (
	manyTenants   = 10_000
	aloneTenants  = 200 // of them made one after the other, to see what one takes
	apartTenants  = 50  // with a database of their own, beside the others
	tenantPeople  = 8   // in the first tenant, and in the last
	makingThreads = 16

	codeTenant = codeField + `TENANT_CREATED"`
	codeUsers  = codeField + `USERS_RETRIEVED"`
)

// measureTenants makes ten thousand tenants on a database of their own, and
// compares the last with the first.
func (b *bench) measureTenants(ctx context.Context) (err error) {
	database := filepath.Join(b.dir, "tenants", "tenants.db")
	if err := os.Mkdir(filepath.Dir(database), 0o700); err != nil { //nolint:gosec // our own temporary folder
		return err
	}
	p, address, err := b.startLatchkey(ctx, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	key, err := b.operatorKey(ctx, database)
	if err != nil {
		return err
	}
	if err := b.makeTenants(ctx, p, address, key); err != nil {
		return err
	}
	if err := p.stop(); err != nil {
		return err
	}
	if p, address, err = b.startLatchkey(ctx, database); err != nil {
		return err
	}
	idle, err := p.settled(ctx)
	if err != nil {
		return err
	}
	b.add(memory("memory, idle, with 10,000 tenants", idle).wantAtMost(150))
	if err := b.firstAndLast(ctx, p, address); err != nil {
		return err
	}
	return b.visitAll(ctx, p, address, key)
}

// operatorKey makes a key with the command line, beside the server.
func (b *bench) operatorKey(ctx context.Context, database string) (string, error) {
	c := exec.CommandContext(ctx, b.binary, "operator-key", "create", "--name", "bench", "--json") //nolint:gosec // built by us, or named by who runs the bench
	c.Dir, c.Env = filepath.Dir(database), b.environment(database, 1)
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("make an operator key: %w", err)
	}
	var made struct{ Key string }
	if err := json.Unmarshal(out, &made); err != nil || made.Key == "" {
		return "", fmt.Errorf("the command prints no operator key: %w", err)
	}
	return made.Key, nil
}

func tenantName(n int64) string { return fmt.Sprintf("tenant%d", n) }

// makeTenants makes them: some alone, most together, a few with databases of
// their own.
func (b *bench) makeTenants(ctx context.Context, p *process, address, key string) error {
	var last atomic.Int64
	making := func(most int64, more func(n int64) string) func(int) step {
		return func(int) step {
			return func(c *conn) error {
				n := last.Add(1)
				if n > most {
					return errSpent
				}
				a, err := c.do(post("/tenants", key, fmt.Sprintf(`{"name":%q,"policy":{"otp":"off"}%s}`, tenantName(n), more(n))))
				if err != nil {
					return err
				}
				return a.expect(http.StatusCreated, codeTenant)
			}
		}
	}
	nothing := func(int64) string { return "" }
	run := func(conns int, step func(int) step) (sample, error) {
		return load{address: address, on: p, conns: conns, span: manyPatience, step: step}.run(ctx)
	}
	alone, err := run(1, making(aloneTenants, nothing))
	if err != nil {
		return err
	}
	last.Store(aloneTenants)
	many, err := run(makingThreads, making(manyTenants, nothing))
	if err != nil {
		return err
	}
	last.Store(manyTenants)
	apart, err := run(1, making(manyTenants+apartTenants, func(n int64) string { return fmt.Sprintf(`,"databaseUrl":"sqlite:own%d.db"`, n) }))
	if err != nil {
		return err
	}
	if made := alone.Count + many.Count; made != manyTenants {
		return fmt.Errorf("%d tenants were made, not %d", made, manyTenants)
	}
	b.add(
		duration("tenant made, shared, median", 1, alone.P50).wantAtMost(50).comment(fmt.Sprintf("99th %s, slowest %s", latency(alone.P99), latency(alone.Max))),
		rate("tenants made, shared", many),
		duration("tenant made, own file, median", 1, apart.P50).wantAtMost(300).comment(fmt.Sprintf("of %d, slowest %s", apart.Count, latency(apart.Max))),
	)
	return nil
}

// in names the tenant that a request is for.
func in(tenant string, ask []byte) []byte {
	line, rest, _ := bytes.Cut(ask, []byte("\r\n"))
	return fmt.Appendf(nil, "%s\r\nx-tenant-id: %s\r\n%s", line, tenant, rest)
}

// firstAndLast compares logins and session checks in the first tenant with those
// in the last, one in turn with the other so that the machine treats both alike.
func (b *bench) firstAndLast(ctx context.Context, p *process, address string) error {
	var logins, checks [2][][]byte
	for i, tenant := range []string{tenantName(1), tenantName(manyTenants)} {
		for n := range tenantPeople {
			email := fmt.Sprintf("%s-%d@bench.example", tenant, n)
			access, err := enter(address, tenant, email)
			if err != nil {
				return err
			}
			logins[i] = append(logins[i], in(tenant, post("/auth/login", "", fmt.Sprintf(`{"email":%q,"password":%q}`, email, benchPassword))))
			checks[i] = append(checks[i], in(tenant, get("/auth/verify-token", access)))
		}
	}
	for _, m := range []struct {
		name string
		asks [2][][]byte
		code string
	}{{"login", logins, codeLogin}, {"session check", checks, codeValid}} {
		var took [2][]time.Duration
		_, err := load{address: address, on: p, conns: 1, warm: b.warm, span: b.span, step: func(int) step { return alternating(m.asks, m.code, &took) }}.run(ctx)
		if err != nil {
			return err
		}
		first, last := median(took[0]), median(took[1])
		b.add(duration(m.name+" in the 10,000th tenant, median", 1, last).over("that in the first", milliseconds(first)).wantRatioAtMost(1.1))
	}
	return nil
}

// enter makes an account in a tenant and returns its access token.
func enter(address, tenant, email string) (string, error) {
	c, err := dial(address, time.Now().Add(patience))
	if err != nil {
		return "", err
	}
	defer c.close()
	a, err := c.do(in(tenant, post("/auth/sign-up", "", fmt.Sprintf(`{"name":"Person","email":%q,"password":%q}`, email, benchPassword))))
	if err == nil {
		err = a.expect(http.StatusCreated, codeCreated)
	}
	return string(field(a.body, accessField)), err
}

// alternating asks of one list, then of the other, and keeps how long each took.
func alternating(asks [2][][]byte, code string, took *[2][]time.Duration) step {
	n := 0
	return func(c *conn) error {
		side := n % 2
		ask := asks[side][n/2%len(asks[side])]
		n++
		began := time.Now()
		a, err := c.do(ask)
		if err != nil {
			return err
		}
		took[side] = append(took[side], time.Since(began))
		return a.expect(http.StatusOK, code)
	}
}

// visitAll asks for something in every tenant, those with files of their own
// too, and tells what the process holds then.
func (b *bench) visitAll(ctx context.Context, p *process, address, key string) error {
	var last atomic.Int64
	_, err := load{address: address, on: p, conns: makingThreads, span: manyPatience, step: func(int) step {
		return func(c *conn) error {
			n := last.Add(1)
			if n > manyTenants+apartTenants {
				return errSpent
			}
			a, err := c.do(in(tenantName(n), get("/users", key)))
			if err != nil {
				return err
			}
			return a.expect(http.StatusOK, codeUsers)
		}
	}}.run(ctx)
	if err != nil {
		return err
	}
	held, err := p.settled(ctx)
	if err != nil {
		return err
	}
	b.add(memory("memory, after a visit to every tenant", held).wantAtMost(150))
	return nil
}
