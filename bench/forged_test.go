package main

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestForgeryDiffersInTheSignatureOnly(t *testing.T) {
	real := "aGVhZA.Y2xhaW1z." + base64.RawURLEncoding.EncodeToString(make([]byte, 64))
	forged := forge(real)
	if forged == real || len(forged) != len(real) || !strings.HasPrefix(forged, "aGVhZA.Y2xhaW1z.") {
		t.Errorf("forged %q of %q", forged, real)
	}
}

func TestGarbageHasTheFormOfARefreshToken(t *testing.T) {
	token, err := base64.RawURLEncoding.Strict().DecodeString(garbageRefresh())
	if err != nil || len(garbageRefresh()) != refreshTokenSize || token[0] != 1 {
		t.Errorf("%d characters, version %d, %v", len(garbageRefresh()), token[0], err)
	}
}

func TestAlgorithmOf(t *testing.T) {
	token := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"at+jwt","alg":"ES256"}`)) + ".e30.c2ln"
	if got, err := algorithmOf(token); got != "ES256" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	for _, bad := range []string{"", "!.e30.", "e3.e30."} {
		if got, err := algorithmOf(bad); err == nil {
			t.Errorf("%q has the algorithm %q", bad, got)
		}
	}
}
