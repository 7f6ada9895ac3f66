package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// forgeries is how many different ones are sent in turn.
const forgeries = 4096

// measureGarbage sends refresh tokens of the right form with a MAC that is not
// ours.
func (b *bench) measureGarbage(ctx context.Context) error {
	var asks [][]byte
	for range forgeries {
		asks = append(asks, post("/auth/refresh", "", fmt.Sprintf(`{"refreshToken":%q}`, garbageRefresh())))
	}
	return b.measureRefused(ctx, "garbage refresh token", asks, codeBadRefresh)
}

// garbageRefresh is version 1, session id, counter and MAC, all but the version
// made up (CONTRACT.md §7).
func garbageRefresh() string {
	token := make([]byte, 41)
	_, _ = rand.Read(token) // never fails (crypto/rand)
	token[0] = 1
	return base64.RawURLEncoding.EncodeToString(token)
}

// measureForged sends access tokens with the head and claims of real ones and a
// signature that is not ours.
func (b *bench) measureForged(ctx context.Context) error {
	var asks [][]byte
	for i := range forgeries {
		asks = append(asks, get("/auth/verify-token", forge(b.people[i%len(b.people)].access)))
	}
	return b.measureRefused(ctx, "forged access token", asks, codeBadToken)
}

// forge gives a token another signature of the same length.
func forge(token string) string {
	dot := strings.LastIndexByte(token, '.') + 1
	signature := make([]byte, base64.RawURLEncoding.DecodedLen(len(token)-dot))
	_, _ = rand.Read(signature) // never fails (crypto/rand)
	return token[:dot] + base64.RawURLEncoding.EncodeToString(signature)
}

func (b *bench) measureRefused(ctx context.Context, name string, asks [][]byte, code string) error {
	bare, err := b.ceiling(ctx, barePath, widest)
	if err != nil {
		return err
	}
	s, err := b.load(ctx, load{conns: widest, step: func(i int) step {
		return inTurn(asks, i*len(asks)/widest, http.StatusUnauthorized, code)
	}})
	if err != nil {
		return err
	}
	b.add(rate(name, s).over("bare", bare.rate()).wantRatio(0.5))
	return nil
}
