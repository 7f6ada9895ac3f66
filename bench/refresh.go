package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

func (b *bench) measureRefresh(ctx context.Context) error {
	for _, n := range widths {
		bare, err := b.ceiling(ctx, barePath, n)
		if err != nil {
			return err
		}
		s, err := b.load(ctx, load{conns: n, step: func(i int) step { return b.people[i].rotate(nil) }})
		if err != nil {
			return err
		}
		r := rate("refresh", s).over("bare", bare.rate())
		if n != widest {
			b.add(r)
			continue
		}
		b.add(r.wantRatio(0.14), duration("refresh, 99th", n, s.P99).wantAtMost(15))
	}
	return nil
}

// measureFirstSight checks tokens that the server has signed and never yet been
// shown: signatures that no cache knows.
func (b *bench) measureFirstSight(ctx context.Context) error {
	tokens, err := b.freshTokens(ctx)
	if err != nil {
		return err
	}
	algorithm, err := algorithmOf(b.people[0].access)
	if err != nil {
		return err
	}
	verifier, err := b.ceiling(ctx, verifyPath+algorithm, widest)
	if err != nil {
		return err
	}
	s, err := b.each(ctx, tokens, checked)
	if err != nil {
		return err
	}
	b.add(rate("session check, first sight", s).over("bare verifier, "+algorithm, verifier.rate()).wantRatio(0.9))
	return nil
}

// freshLimit bounds the tokens kept for a connection: about 50 MB in all.
const freshLimit = 1000

// freshTokens refreshes every session over and over and returns the access
// tokens that it got.
func (b *bench) freshTokens(ctx context.Context) ([]string, error) {
	got := make([][]string, widest)
	_, err := b.load(ctx, load{conns: widest, step: func(i int) step {
		ask := b.people[i].rotate(func(access []byte) {
			got[i] = append(got[i], string(access))
		})
		return func(c *conn) error {
			if len(got[i]) == freshLimit {
				return errSpent
			}
			return ask(c)
		}
	}})
	return slices.Concat(got...), err
}

// algorithmOf reads the alg of a token's header (RFC 7515 §4.1.1).
func algorithmOf(token string) (string, error) {
	head, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return "", fmt.Errorf("access token: header: %w", err)
	}
	var header struct {
		Alg string `json:"alg"`
	}
	if err := json.Unmarshal(text, &header); err != nil {
		return "", fmt.Errorf("access token: header: %w", err)
	}
	return header.Alg, nil
}
