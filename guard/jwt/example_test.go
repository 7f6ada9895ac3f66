package jwt_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey/latchkey/guard/jwt"
)

// A service that is called with access tokens reads the published keys once, and verifies from memory.
func Example() {
	signer, document := authService()

	keys, err := jwt.ParseJWKS(document)
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier, err := jwt.New(jwt.Config{
		Issuer:   "https://auth.example.com",
		Audience: "https://api.example.com",
		Keys:     jwt.Keys(keys...),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	for _, age := range []time.Duration{0, time.Hour} {
		claims, err := verifier.Verify(signIn(signer, time.Now().Add(-age)))
		switch {
		case errors.Is(err, jwt.Expired):
			fmt.Println("please refresh:", err)
		case err != nil:
			fmt.Println("refused:", err)
		default:
			fmt.Println("welcome,", claims.Username, "as", claims.Role)
		}
	}

	_, err = verifier.Verify("not a token")
	var e jwt.Error
	if errors.As(err, &e) {
		fmt.Println("reason:", e.Reason)
	}
	// Output:
	// welcome, jin as admin
	// please refresh: jwt: token refused (expired): exp has passed
	// reason: malformed
}

// authService makes a key and publishes its public part, as Latchkey does.
func authService() (signer *ecdsa.PrivateKey, document []byte) {
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	key, err := jwt.NewKey("2026-01", jwt.ES256, &signer.PublicKey)
	if err != nil {
		panic(err)
	}
	document, err = jwt.JWKS(key)
	if err != nil {
		panic(err)
	}
	return signer, document
}

func signIn(signer *ecdsa.PrivateKey, at time.Time) string {
	token, err := jwt.Sign(jwt.Claims{
		Issuer: "https://auth.example.com", Audience: []string{"https://api.example.com"},
		Subject: "user-1", TenantID: "tenant-1", Username: "jin", Role: "admin", SessionID: "session-1", ID: "token-1",
		IssuedAt: at, ExpiresAt: at.Add(15 * time.Minute),
	}, "2026-01", jwt.ES256, signer)
	if err != nil {
		panic(err)
	}
	return token
}
