package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// The codes that right answers carry, as they stand in the envelope.
const (
	codeValid        = codeField + `ACCESS_TOKEN_VALID"`
	codeCreated      = codeField + `USER_CREATED"`
	codeLogin        = codeField + `LOGIN_SUCCESS"`
	codeRefreshed    = codeField + `TOKENS_REFRESHED"`
	codeLoggedOut    = codeField + `LOGGED_OUT"`
	codeBadRefresh   = codeField + `INVALID_REFRESH_TOKEN"`
	codeBadToken     = codeField + `TOKEN_INVALID"`
	codeSessionGone  = codeField + `SESSION_NOT_FOUND"`
	accessField      = `"accessToken":"`
	refreshField     = `"refreshToken":"`
	benchPassword    = "quiet-orbit-42-lantern"
	refreshTokenSize = 55
)

// person is an account with one session.
type person struct {
	email   string
	access  string
	refresh [refreshTokenSize]byte // the newest of the session's chain
}

// take keeps the tokens of an answer.
func (p *person) take(a answer) error {
	refresh := field(a.body, refreshField)
	access := field(a.body, accessField)
	if len(refresh) != refreshTokenSize || len(access) == 0 {
		return errors.New("the answer carries no tokens of the known form")
	}
	p.access = string(access)
	copy(p.refresh[:], refresh)
	return nil
}

// newcomer is the body of a sign-up that nobody has made before.
func (b *bench) newcomer() (email, body string) {
	n := b.last.Add(1)
	email = fmt.Sprintf("person%d@bench.example", n)
	return email, fmt.Sprintf(`{"name":"Person %d","email":%q,"password":%q}`, n, email, benchPassword)
}

// signUp makes an account and its first session.
func (b *bench) signUp(ctx context.Context) (*person, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := dial(b.address, time.Now().Add(patience))
	if err != nil {
		return nil, err
	}
	defer c.close()
	email, body := b.newcomer()
	a, err := c.do(post("/auth/sign-up", "", body))
	if err != nil {
		return nil, err
	}
	if err := a.expect(http.StatusCreated, codeCreated); err != nil {
		return nil, fmt.Errorf("sign up: %w", err)
	}
	p := &person{email: email}
	return p, p.take(a)
}

// signUpMany makes so many accounts.
func (b *bench) signUpMany(ctx context.Context, n int) (people []*person, err error) {
	for range n {
		p, err := b.signUp(ctx)
		if err != nil {
			return nil, err
		}
		people = append(people, p)
	}
	return people, nil
}

// rotate is a step that refreshes a person's session, each time with the token
// that the last answer gave. What keep is given is good until the next step.
func (p *person) rotate(keep func(access []byte)) step {
	const before = `{"refreshToken":"`
	ask := post("/auth/refresh", "", before+string(p.refresh[:])+`"}`)
	token := ask[bytes.Index(ask, []byte(before))+len(before):][:refreshTokenSize]
	return func(c *conn) error {
		copy(token, p.refresh[:])
		a, err := c.do(ask)
		if err != nil {
			return err
		}
		if err := a.expect(http.StatusOK, codeRefreshed); err != nil {
			return err
		}
		next := field(a.body, refreshField)
		if len(next) != refreshTokenSize || bytes.Equal(next, token) {
			return errors.New("a refresh gave no new refresh token")
		}
		copy(p.refresh[:], next)
		if keep != nil {
			keep(field(a.body, accessField))
		}
		return nil
	}
}
