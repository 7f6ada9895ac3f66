package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

func (b *bench) measureBare(ctx context.Context) error {
	for _, n := range widths {
		s, err := b.ceiling(ctx, barePath, n)
		if err != nil {
			return err
		}
		b.add(rate("bare net/http", s))
	}
	return nil
}

func (b *bench) measureVerifiers(ctx context.Context) error {
	for _, name := range []string{"HS256", "ES256"} {
		s, err := b.ceiling(ctx, verifyPath+name, widest)
		if err != nil {
			return err
		}
		bare, err := b.ceiling(ctx, barePath, widest)
		if err != nil {
			return err
		}
		b.add(rate("bare verifier, "+name, s).over("bare", bare.rate()))
	}
	return nil
}

// ceiling measures a path of the bare server, once in a run.
func (b *bench) ceiling(ctx context.Context, path string, conns int) (sample, error) {
	name := fmt.Sprint(path, conns)
	if s, ok := b.known[name]; ok {
		return s, nil
	}
	ask, err := b.askBare(path)
	if err != nil {
		return sample{}, err
	}
	s, err := b.load(ctx, load{address: b.bare.address, on: b.bare.process, conns: conns, step: func(int) step { return always(ask, http.StatusOK, "") }})
	if err != nil {
		return sample{}, fmt.Errorf("ceiling %s: %w", path, err)
	}
	b.known[name] = s
	return s, nil
}

// askBare makes the request for a path; the verifiers' carries one of their
// tokens.
func (b *bench) askBare(path string) ([]byte, error) {
	if path == barePath {
		return get(path, ""), nil
	}
	c, err := dial(b.bare.address, time.Now().Add(patience))
	if err != nil {
		return nil, err
	}
	defer c.close()
	a, err := c.do(get(tokenPath+path[len(verifyPath):], ""))
	if err == nil {
		err = a.expect(http.StatusOK, "")
	}
	return get(path, string(a.body)), err
}

// load runs a load for as long as this run's loads take.
func (b *bench) load(ctx context.Context, l load) (sample, error) {
	l.warm, l.span = b.warm, b.span
	if l.address == "" {
		l.address, l.on = b.address, b.server
	}
	return l.run(ctx)
}

// always asks the same thing and expects the same answer.
func always(ask []byte, status int, code string) step {
	return func(c *conn) error {
		a, err := c.do(ask)
		if err != nil {
			return err
		}
		return a.expect(status, code)
	}
}

// inTurn asks one thing after the other, beginning with number i, and starts
// over after the last.
func inTurn(asks [][]byte, i, status int, code string) step {
	return func(c *conn) error {
		a, err := c.do(asks[i%len(asks)])
		i++
		if err != nil {
			return err
		}
		return a.expect(status, code)
	}
}
