package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
)

// hash measures the hash, once in a run.
func (b *bench) hash(ctx context.Context) (hashing, error) {
	if b.hashed != nil {
		return *b.hashed, nil
	}
	h, err := measureHash(ctx, b.span/2)
	if err != nil {
		return h, err
	}
	b.hashed = &h
	b.add(duration("argon2id hash", 1, h.one), result{Name: "argon2id hashes on all cores", Value: h.rate, Unit: "/s"})
	return h, nil
}

// loggingIn is a step that logs a person in; what keep is given is good until
// the next step.
func (p *person) loggingIn(keep func(access []byte)) step {
	ask := post("/auth/login", "", fmt.Sprintf(`{"email":%q,"password":%q}`, p.email, benchPassword))
	return func(c *conn) error {
		a, err := c.do(ask)
		if err != nil {
			return err
		}
		if err := a.expect(http.StatusOK, codeLogin); err != nil {
			return err
		}
		access := field(a.body, accessField)
		if len(access) == 0 {
			return fmt.Errorf("a login without a token")
		}
		if keep != nil {
			keep(access)
		}
		return nil
	}
}

// measureLogin logs in alone, where only the hash should cost, and with many,
// where the cores should be busy with hashes. The sessions are kept for
// measureLogout.
func (b *bench) measureLogin(ctx context.Context) error {
	hash, err := b.hash(ctx)
	if err != nil {
		return err
	}
	one, err := b.load(ctx, load{conns: 1, step: func(i int) step { return b.people[i].loggingIn(nil) }})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	many, err := b.load(ctx, load{conns: widest, step: func(i int) step {
		return b.people[i].loggingIn(func(access []byte) {
			mu.Lock()
			defer mu.Unlock()
			b.loose = append(b.loose, string(access))
		})
	}})
	if err != nil {
		return err
	}
	b.add(
		rate("login", one),
		duration("login, median", 1, one.P50).over("the hash", milliseconds(hash.one)).wantRatioAtMost(1.02),
		rate("login", many).over("hashes on all cores", hash.rate),
	)
	return nil
}

func (b *bench) measureSignUp(ctx context.Context) error {
	hash, err := b.hash(ctx)
	if err != nil {
		return err
	}
	for _, n := range []int{1, widest} {
		s, err := b.load(ctx, load{conns: n, step: func(int) step { return b.signingUp }})
		if err != nil {
			return err
		}
		if n == 1 {
			b.add(duration("sign-up, median", 1, s.P50).over("the hash", milliseconds(hash.one)).wantRatioAtMost(1.02))
			continue
		}
		b.add(rate("sign-up", s).over("hashes on all cores", hash.rate))
	}
	return nil
}

// signingUp is a step that makes one more account.
func (b *bench) signingUp(c *conn) error {
	_, body := b.newcomer()
	a, err := c.do(post("/auth/sign-up", "", body))
	if err != nil {
		return err
	}
	return a.expect(http.StatusCreated, codeCreated)
}
