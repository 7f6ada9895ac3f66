package guard_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
	"github.com/latchkey/latchkey/guard/jwt"
)

const issuer = "https://auth.example.com"

// signer makes tokens of its own.
type signer struct {
	kid     string
	alg     jwt.Algorithm
	private any
}

func ecSigner(t *testing.T, kid string) signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{kid, jwt.ES256, k}
}

func (s signer) token(t *testing.T) string {
	t.Helper()
	now := time.Now()
	token, err := jwt.Sign(jwt.Claims{
		Issuer: issuer, Audience: []string{issuer}, Subject: "jin", TenantID: "acme", SpaceID: "main", Role: "user", SessionID: "s1", ID: "t1",
		IssuedAt: now, ExpiresAt: now.Add(15 * time.Minute),
	}, s.kid, s.alg, s.private)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// published is an address that publishes keys, and counts who asks.
type published struct {
	mu     sync.Mutex
	keys   []jwt.Key
	status int
	body   string
	calls  int
	wait   time.Duration
}

func (p *published) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	time.Sleep(p.wait)
	if p.status != 0 {
		w.Header().Set("Location", "https://evil.example/")
		w.WriteHeader(p.status)
		return
	}
	text, err := jwt.JWKS(p.keys...)
	if err != nil {
		panic(err)
	}
	if p.body != "" {
		text = []byte(p.body)
	}
	_, _ = w.Write(text) // who no longer listens needs no answer
}

func (p *published) put(t *testing.T, status int, signers ...signer) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.keys = status, nil
	for _, s := range signers {
		k, err := jwt.NewKey(s.kid, s.alg, &s.private.(*ecdsa.PrivateKey).PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		p.keys = append(p.keys, k)
	}
}

func (p *published) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// guard is one of these keys, without a feed.
func (p *published) guard(t *testing.T) *guard.Guard {
	t.Helper()
	return start(t, guard.Config{Issuer: issuer, Client: guardtest.Client(p)})
}

func expect(t *testing.T, g *guard.Guard, token, want string) {
	t.Helper()
	_, err := g.Verify(t.Context(), token)
	if got := errorOf(t, err).Code; got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestKeysAreFetchedOnFirstNeedAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := ecSigner(t, "one")
		p := &published{wait: time.Second}
		p.put(t, 0, s)
		g := p.guard(t)
		if time.Sleep(time.Minute); p.count() != 0 {
			t.Errorf("got %d fetches before anybody needed one", p.count())
		}
		token := s.token(t)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { expect(t, g, token, "") })
		}
		if all.Wait(); p.count() != 1 {
			t.Errorf("got %d fetches for twenty requests at once, want 1", p.count())
		}
	})
}

func TestAnUnknownKeyIsLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, young := ecSigner(t, "old"), ecSigner(t, "young")
		p := &published{}
		p.put(t, 0, old)
		g := p.guard(t)
		expect(t, g, old.token(t), "")
		p.put(t, 0, old, young)
		expect(t, g, young.token(t), "TOKEN_INVALID") // the floor
		time.Sleep(10 * time.Second)
		expect(t, g, young.token(t), "")
		expect(t, g, old.token(t), "")
		if p.count() != 2 {
			t.Errorf("got %d fetches, want 2", p.count())
		}
		for range 100 {
			expect(t, g, ecSigner(t, "made-up-"+rand.Text()).token(t), "TOKEN_INVALID")
			time.Sleep(time.Second)
		}
		if p.count() > 13 {
			t.Errorf("got %d fetches for keys that somebody made up, want one in ten seconds", p.count())
		}
	})
}

// A key that is withdrawn verifies nothing from the next fetch on, tokens seen before included.
func TestKeysAreFetchedAgainWhileUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, young := ecSigner(t, "old"), ecSigner(t, "young")
		p := &published{}
		p.put(t, 0, old)
		g := p.guard(t)
		token := old.token(t)
		expect(t, g, token, "")
		p.put(t, 0, young)
		time.Sleep(10*time.Minute + time.Second)
		expect(t, g, token, "") // and the fetch begins
		synctest.Wait()
		expect(t, g, token, "TOKEN_INVALID")
		if time.Sleep(12 * time.Hour); p.count() != 2 {
			t.Errorf("got %d fetches while nobody asked, want 2", p.count())
		}
	})
}

func TestKeysAreKeptForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := ecSigner(t, "one")
		p := &published{}
		p.put(t, 0, s)
		g := p.guard(t)
		expect(t, g, s.token(t), "")
		p.put(t, 503)
		for range 23 {
			time.Sleep(time.Hour)
			expect(t, g, s.token(t), "")
		}
		if s := g.Status(); s.Keys != 1 || !strings.Contains(s.Problem, "503") {
			t.Errorf("got %+v", s)
		}
		time.Sleep(time.Hour + time.Second)
		expect(t, g, s.token(t), "KEYS_UNAVAILABLE")
		p.put(t, 0, s)
		time.Sleep(time.Second)
		expect(t, g, s.token(t), "")
	})
}

func TestKeysThatCannotBeHad(t *testing.T) {
	for name, p := range map[string]*published{
		"an error":     {status: 500},
		"a redirect":   {status: 302},
		"a page":       {body: "<html>"},
		"too much":     {body: `{"keys":[],"x":"` + strings.Repeat("x", 1<<20) + `"}`},
		"a secret":     {body: `{"keys":[{"kty":"oct","k":"AAAA","kid":"one","alg":"HS256"}]}`},
		"for too long": {wait: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := p.guard(t)
				token := ecSigner(t, "one").token(t)
				began := time.Now()
				expect(t, g, token, "KEYS_UNAVAILABLE")
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("it took %v", took)
				}
				if s := g.Status(); s.Problem == "" || s.Keys != 0 {
					t.Errorf("got %+v", s)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// An empty set is what a deployment with JWT_SECRET publishes.
func TestNoKeysArePublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(published).guard(t)
		expect(t, g, ecSigner(t, "one").token(t), "TOKEN_INVALID")
		if err := g.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "guard.Secret") {
			t.Errorf("got %v, want it to say what to do", err)
		}
	})
}

func TestSecret(t *testing.T) {
	const secret = "a secret of at least thirty-two bytes"
	g := start(t, guard.Config{Issuer: issuer, Keys: guard.Secret(secret)})
	// The id that Latchkey derives from this secret: internal/auth, NewKeyRing.
	expect(t, g, signer{"NDDyXDuTX-7f", jwt.HS256, []byte(secret)}.token(t), "")
	expect(t, g, signer{"", jwt.HS256, []byte(secret)}.token(t), "")
	expect(t, g, signer{"other", jwt.HS256, []byte(secret)}.token(t), "TOKEN_INVALID")
	expect(t, g, signer{"", jwt.HS256, []byte(secret + "!")}.token(t), "TOKEN_INVALID")
	if _, err := guard.New(guard.Config{Issuer: issuer, Keys: guard.Secret("short")}); err == nil {
		t.Error("a short secret is taken")
	}
}

func TestPEM(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	one, two, stranger := ecSigner(t, "one"), signer{"two", jwt.EdDSA, private}, ecSigner(t, "one")
	onePEM, twoPEM := pemOf(t, &one.private.(*ecdsa.PrivateKey).PublicKey), pemOf(t, private.Public())
	g := start(t, guard.Config{Issuer: issuer, Keys: guard.PEM("# ours\n" + onePEM + "\n" + twoPEM + "\n")})
	for range 2 {
		expect(t, g, stranger.token(t), "TOKEN_INVALID")
		expect(t, g, one.token(t), "")
		expect(t, g, two.token(t), "")
		expect(t, g, signer{"one", jwt.HS256, []byte(onePEM)}.token(t), "TOKEN_INVALID")
		expect(t, g, signer{"three", jwt.HS256, []byte(onePEM)}.token(t), "TOKEN_INVALID")
	}
	// The id is only a name: a key is known by what it signs.
	expect(t, g, signer{"renamed", one.alg, one.private}.token(t), "")
	if n := g.Status().Keys; n != 2 {
		t.Errorf("got %d keys", n)
	}
	for name, text := range map[string]string{
		"nothing": "", "text": "a key", "a damaged block": strings.Replace(onePEM, "M", "!", 1), "text behind": onePEM + "x",
		"a private key": strings.ReplaceAll(onePEM, "PUBLIC", "PRIVATE"), "a certificate": strings.ReplaceAll(onePEM, "PUBLIC KEY", "CERTIFICATE"),
		"another curve": pemOf(t, func() any { k, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader); return &k.PublicKey }()),
	} {
		if _, err := guard.New(guard.Config{Issuer: issuer, Keys: guard.PEM(text)}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func pemOf(t *testing.T, public any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}
