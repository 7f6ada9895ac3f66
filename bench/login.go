package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
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
// the next step. It returns a [later] when too many others log in.
func (p *person) loggingIn(keep func(access []byte)) step {
	ask := post("/auth/login", "", fmt.Sprintf(`{"email":%q,"password":%q}`, p.email, benchPassword))
	return func(c *conn) error {
		a, err := c.do(ask)
		if err != nil {
			return err
		}
		if err := overloaded(a); err != nil {
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

// looseEach is how many sessions of an account measureLogin keeps: fewer than
// the server lets it have, which ends the oldest (MAX_SESSIONS_PER_USER).
const looseEach = 10

// measureLogin logs in alone, where only the hash should cost, with many, where
// the cores should be busy with hashes, and many times at once to one account,
// where none may be taken for a guess. The accounts are not those whose sessions
// are checked elsewhere. The newest sessions are kept for measureLogout.
func (b *bench) measureLogin(ctx context.Context) error {
	hash, err := b.hash(ctx)
	if err != nil {
		return err
	}
	people, err := b.signUpMany(ctx, widest)
	if err != nil {
		return err
	}
	one, err := b.load(ctx, load{conns: 1, step: func(int) step { return loggingInTurn(people) }})
	if err != nil {
		return err
	}
	together, err := b.loginsAtOnce(ctx, people[0])
	if err != nil {
		return err
	}
	kept := make([][]string, widest)
	many, err := b.load(ctx, load{conns: widest, step: func(i int) step {
		return people[i].loggingIn(func(access []byte) {
			kept[i] = append(kept[i][max(0, len(kept[i])+1-looseEach):], string(access))
		})
	}})
	if err != nil {
		return err
	}
	b.loose = slices.Concat(kept...)
	b.add(
		rate("login", one),
		duration("login, median", 1, one.P50).over("the hash", milliseconds(hash.one)).wantRatioAtMost(1.02),
		rate("login", many).over("hashes on all cores", hash.rate),
		duration("logins at once to one account, the last", atOnce, together.Max).over("as many hashes", atOnce*milliseconds(hash.one)),
	)
	return nil
}

// loggingInTurn is a step that logs in one person after the other.
func loggingInTurn(people []*person) step {
	var steps []step
	for _, p := range people {
		steps = append(steps, p.loggingIn(nil))
	}
	next := 0
	return func(c *conn) error {
		next++
		return steps[(next-1)%len(steps)](c)
	}
}

// atOnce is how often one person logs in at once: more often than wrong
// passwords lock (LOGIN_MAX_ATTEMPTS), and less than sessions may be had.
const atOnce = 16

// loginsAtOnce logs a person in, once on each of many connections. Anything but
// a login on each is an error.
func (b *bench) loginsAtOnce(ctx context.Context, p *person) (sample, error) {
	s, err := load{address: b.address, on: b.server, conns: atOnce, span: manyPatience, step: func(int) step {
		ask, asked := p.loggingIn(nil), false
		return func(c *conn) error {
			if asked {
				return errSpent
			}
			asked = true
			return ask(c)
		}
	}}.run(ctx)
	if err == nil && s.Count != atOnce {
		err = fmt.Errorf("%d of %d logins at once were answered", s.Count, atOnce)
	}
	return s, err
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
