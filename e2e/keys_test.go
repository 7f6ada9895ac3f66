package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// soon is what other processes' changes take to be seen: two seconds by
// promise, here with slack for a busy machine.
const soon = 6 * time.Second

// keySet reads /.well-known/jwks.json by hand (RFC 7517, RFC 7518 §6.2).
func (s *server) keySet(t *testing.T) map[string]*ecdsa.PublicKey {
	t.Helper()
	r, err := newClient("").http.Get(s.base + "/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var set struct {
		Keys []struct{ Kid, Kty, Crv, Alg, Use, X, Y, D string }
	}
	if err := json.NewDecoder(r.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	if set.Keys == nil {
		t.Error("no list of keys, want at least an empty one")
	}
	keys := map[string]*ecdsa.PublicKey{}
	for _, k := range set.Keys {
		if k.Kty != "EC" || k.Crv != "P-256" || k.Alg != "ES256" || k.Use != "sig" || k.D != "" {
			t.Errorf("key %s is no public P-256 key for ES256", k.Kid)
		}
		point := slices.Concat([]byte{4}, coordinate(t, k.X), coordinate(t, k.Y)) // SEC 1 §2.3.3
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if err != nil {
			t.Fatal(err)
		}
		keys[k.Kid] = key
	}
	return keys
}

func coordinate(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != 32 {
		t.Fatalf("a coordinate of %d bytes, %v", len(b), err)
	}
	return b
}

// verify checks a token as another program would and returns the key's id.
func (s *server) verify(t *testing.T, g grant) (kid string) {
	t.Helper()
	keys := s.keySet(t)
	var claims jwt.MapClaims
	token, err := jwt.ParseWithClaims(g.AccessToken, &claims, func(token *jwt.Token) (any, error) {
		kid, _ = token.Header["kid"].(string)
		if key, ok := keys[kid]; ok {
			return key, nil
		}
		return nil, fmt.Errorf("key %q is not published", kid)
	}, jwt.WithValidMethods([]string{"ES256"}), jwt.WithIssuer(s.base), jwt.WithAudience(s.base), jwt.WithExpirationRequired(), jwt.WithIssuedAt())
	if err != nil {
		t.Fatal(err)
	}
	checkClaims(t, token, claims, g)
	return kid
}

func checkClaims(t *testing.T, token *jwt.Token, claims jwt.MapClaims, g grant) {
	t.Helper()
	want := map[string]any{"sub": g.User.ID, "sid": g.SessionID, "tenantId": "default", "role": "user"}
	for name, value := range want {
		if claims[name] != value {
			t.Errorf("claim %s is %v, want %v", name, claims[name], value)
		}
	}
	if token.Header["typ"] != "at+jwt" {
		t.Errorf("type %v, want at+jwt", token.Header["typ"])
	}
}

// A keyLine is what latchkey keys --json prints of a key.
type keyLine struct{ Kid, Algorithm, State string }

func (s *server) keys(t *testing.T, args ...string) []keyLine {
	t.Helper()
	out, errs, code := latchkey(t, s.dir, nil, append(append([]string{"keys"}, args...), "--json")...)
	var keys []keyLine
	if err := json.Unmarshal([]byte(out), &keys); err != nil || code != 0 || errs != "" {
		t.Fatalf("keys %v: exit code %d, %v\n%s%s", args, code, err, out, errs)
	}
	return keys
}

func TestKeysRotateBesideARunningServer(t *testing.T) {
	t.Parallel()
	s := start(t, "dev", quick().with(env{"LOGIN_OTP": "off"}))
	c := s.client()
	person, old := c.join(t)
	first := s.verify(t, old)

	after := s.keys(t, "rotate")
	if len(after) != 2 || after[0] != (keyLine{first, "ES256", "signing"}) || after[1].State != "next" {
		t.Fatalf("after a rotation: %v, want %s signing and another one next", after, first)
	}
	next := after[1].Kid
	within(t, soon, "the next key is published", func() bool { return s.keySet(t)[next] != nil })
	if kid := s.verify(t, c.want(t, "TOKENS_REFRESHED", "POST", "/auth/refresh", old.refresh()).grant(t)); kid != first {
		t.Errorf("signed with %s before guards could know it, want %s", kid, first)
	}

	known := s.keys(t, "list")
	var now string
	for _, k := range s.keys(t, "rotate", "--now") {
		if !slices.ContainsFunc(known, func(was keyLine) bool { return was.Kid == k.Kid }) {
			now = k.Kid
		}
	}
	within(t, soon, "the new key is published", func() bool { return s.keySet(t)[now] != nil })
	fresh := c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", person.logIn()).grant(t)
	if kid := s.verify(t, fresh); kid != now {
		t.Errorf("signed with %s, want %s, which was to sign at once", kid, now)
	}
	if kid := s.verify(t, old); kid != first {
		t.Errorf("the old token names %s, want %s", kid, first)
	}
	c.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, old.bearer()...)
}

// TestSharedSecret: with JWT_SECRET the guards of a seed deployment verify, as
// they do it: HS256 with the secret's bytes.
func TestSharedSecret(t *testing.T) {
	t.Parallel()
	const shared = "a-seed-deployments-secret-of-47-letters-in-all!"
	secret(shared)
	s := start(t, "dev", quick().with(env{"LOGIN_OTP": "off", "JWT_SECRET": shared}))
	_, g := s.client().join(t)
	var claims jwt.MapClaims
	token, err := jwt.ParseWithClaims(g.AccessToken, &claims, func(*jwt.Token) (any, error) { return []byte(shared), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	checkClaims(t, token, claims, g)
	_, err = jwt.Parse(g.AccessToken, func(*jwt.Token) (any, error) { return []byte(strings.ToUpper(shared)), nil })
	if !errors.Is(err, jwt.ErrTokenSignatureInvalid) {
		t.Errorf("with another secret: %v, want that the signature is invalid", err)
	}
	if keys := s.keySet(t); len(keys) != 0 {
		t.Errorf("%d keys are published, want none", len(keys))
	}
}

func TestAShortSharedSecretRefusesTheStart(t *testing.T) {
	t.Parallel()
	const short = "only-thirty-one-letters-of-it-!"
	secret(short)
	_, errs, code := latchkey(t, t.TempDir(), env{"JWT_SECRET": short}, "dev")
	if code != 2 || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "JWT_SECRET ") || !strings.Contains(errs, "at least 32 are needed") {
		t.Errorf("exit code %d and %q, want 2 and one line that asks for 32", code, errs)
	}
	if strings.Contains(errs, short) {
		t.Error("the line repeats the secret")
	}
}

// TestTwoServersOnOneFile: two that make the file at the same moment agree on
// its key and tenant, and a logout at one is a logout at the other.
func TestTwoServersOnOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one := prepare(t, "dev", dir, quick().with(env{"LOGIN_OTP": "off"}))
	two := prepare(t, "dev", dir, one.env.with(env{"APP_BASE_URL": one.base}))
	two.env["AUTH_SERVICE_HTTP_PORT"] = fmt.Sprint(two.port)
	one.launch()
	two.launch()
	one.await()
	two.await()
	kids := slices.Collect(maps.Keys(one.keySet(t)))
	if others := slices.Collect(maps.Keys(two.keySet(t))); len(kids) != 1 || !slices.Equal(kids, others) {
		t.Fatalf("keys %v and %v, want one, and the same", kids, others)
	}
	if slugs := texts(t, one.database(), "SELECT slug FROM tenants"); !slices.Equal(slugs, []string{"default"}) {
		t.Errorf("tenants %v, want default alone", slugs)
	}
	_, g := one.client().join(t)
	two.client().want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, g.bearer()...)
	one.client().want(t, "LOGGED_OUT", "POST", "/auth/logout", nil, g.bearer()...)
	within(t, soon, "the other server refuses", func() bool {
		a, err := two.client().send("GET", "/auth/me", nil, g.bearer()...)
		return err == nil && a.Meta.Code == "SESSION_NOT_FOUND" && a.Meta.Reason == "logout"
	})
	one.client().want(t, "SESSION_NOT_FOUND", "GET", "/auth/me", nil, g.bearer()...)
	two.client().want(t, "SESSION_NOT_FOUND", "POST", "/auth/refresh", g.refresh())
}
