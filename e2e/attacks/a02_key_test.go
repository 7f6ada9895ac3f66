package attacks

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestA02KeyInjection: a token brings no key along, and leads to none (RFC 8725
// §3.10; RFC 7515 §4.1). The stranger listens where the token points.
func TestA02KeyInjection(t *testing.T) {
	t.Parallel()
	const shared = "a-seed-deployments-secret-of-47-letters-in-all!"
	secret(shared)
	trap, visits := listen(t)
	own, symmetric := start(t, open()), start(t, open().with(env{"JWT_SECRET": shared}))
	for _, s := range []*server{own, symmetric} {
		v, c := judge(t), s.guarded(t)
		_, g := c.join(t)
		c.opens(t, g)
		header, claims := parts(t, g.AccessToken)
		payload, kid := text(t, claims), header["kid"].(string)
		key := newStrangersKeys(t).ec
		var all []forged
		for _, h := range keyHeaders(t, key, trap, kid) {
			all = append(all, forged{h.name + ", signed with that key", forge(t, h.text, payload, es256(key))},
				forged{h.name + ", signed with no secret", forge(t, strings.Replace(h.text, "ES256", "HS256", 1), payload, hs(""))},
				forged{h.name + ", signed with zeros", forge(t, strings.Replace(h.text, "ES256", "HS256", 1), payload, hs(string(make([]byte, 32))))})
			if s == symmetric { // genuine but for the header: that alone must refuse it
				all = append(all, forged{h.name + ", signed with the right secret", forge(t, strings.Replace(h.text, "ES256", "HS256", 1), payload, hs(shared))})
			}
		}
		each(all, func(f forged) { c.refuses(v, f.name, f.token) })
		c.opens(t, g)
		if n := visits.Load(); n > 0 {
			v.breach("jku, x5u, kid", "%d connections to where the token pointed", n)
		}
	}
	foreignKeys(t, own)
}

// listen counts who connects to an address that tokens point to.
func listen(t *testing.T) (url string, visits *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	visits = new(atomic.Int64)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			visits.Add(1)
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String() + "/jwks.json", visits
}

type headerText struct{ name, text string }

// keyHeaders are headers that bring a key, point to one, or ask for one by a
// name that is none. They say ES256.
func keyHeaders(t *testing.T, key *ecdsa.PrivateKey, url, kid string) (all []headerText) {
	t.Helper()
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	thumb := sha256.Sum256(der)
	jwk := fmt.Sprintf(`{"kty":"EC","crv":"P-256","alg":"ES256","kid":"%s","x":"%s","y":"%s"}`, kid, b64.EncodeToString(point[1:33]), b64.EncodeToString(point[33:]))
	for _, member := range []string{
		`"jwk":` + jwk, `"jwk":null`, `"jku":"` + url + `"`, `"jku":"file:///dev/null"`, `"x5u":"` + url + `"`,
		`"x5c":["` + base64.StdEncoding.EncodeToString(der) + `"]`, `"x5t":"` + b64.EncodeToString(thumb[:20]) + `"`,
		`"x5t#S256":"` + b64.EncodeToString(thumb[:]) + `"`, `"crit":["exp"]`, `"crit":["b64"],"b64":false`, `"crit":[]`, `"crit":["unheard-of"],"unheard-of":1`,
		`"zip":"DEF"`, `"cty":"JWT"`, `"epk":` + jwk, `"p2c":1000000000,"p2s":"AAAA"`, `"JKU":"` + url + `"`,
	} {
		name, _, _ := strings.Cut(member, ":")
		all = append(all, headerText{"header with " + name, `{"alg":"ES256","typ":"at+jwt","kid":"` + kid + `",` + member + `}`},
			headerText{"header with " + name + " and no kid", `{"alg":"ES256","typ":"at+jwt",` + member + `}`})
	}
	for _, id := range []string{
		`../../../../../../dev/null`, `/dev/null`, `file:///dev/null`, url, `' UNION SELECT 'AAAA`, `x' OR '1'='1`, `1; DROP TABLE signing_keys`,
		kid + `\u0000`, `\u0000`, kid + ` `, ` ` + kid, strings.ToLower(kid), kid[:len(kid)-1], kid + `,` + kid, `*`, `%`, `_`, `$(id)`, `${jndi:` + url + `}`,
		strings.Repeat("A", 4<<10), strings.Repeat("A", 64<<10), strings.Repeat("A", 26),
	} {
		all = append(all, headerText{"kid " + id[:min(len(id), 40)], `{"alg":"ES256","typ":"at+jwt","kid":"` + id + `"}`})
	}
	for _, id := range []string{`null`, `0`, `["` + kid + `"]`, `{"$ne":null}`, `"x","kid":"` + kid + `"`} {
		all = append(all, headerText{"kid " + id, `{"alg":"ES256","typ":"at+jwt","kid":` + id + `}`})
	}
	for _, typ := range []string{"JWT", "at+JWT ", "rt+jwt", "dpop+jwt", ""} {
		all = append(all, headerText{"typ " + typ, `{"alg":"ES256","typ":"` + typ + `","kid":"` + kid + `"}`})
	}
	return all
}

// foreignKeys: the key of another deployment, and one of ours that has had its
// time, verify nothing, though the session they speak of is open.
func foreignKeys(t *testing.T, other *server) {
	v := judge(t)
	s := start(t, open().with(env{"JWT_EXPIRES_IN": "30d", "JWT_REFRESH_EXPIRES_IN": "60d"}))
	c := s.client()
	_, g := c.join(t)
	c.want(t, "CURRENT_USER_OK", g.me())
	_, theirs := other.client().join(t)
	c.doors = s.open(t, "")
	c.opens(t, g)
	c.refuses(v, "another deployment's token", theirs.AccessToken)
	split := strings.Split(theirs.AccessToken, ".")
	header, _, _ := strings.Cut(g.AccessToken, ".")
	c.refuses(v, "another deployment's token in the name of our key", header+"."+split[1]+"."+split[2])
	c.opens(t, g)
	c.doors = nil // they close with the test: a key that they know already is theirs for some minutes more

	s.stop()
	s.command("keys", "rotate", "--now")
	s.exec(t, "UPDATE signing_keys SET signs_from = signs_from - 86400000")
	s.env["JWT_EXPIRES_IN"] = "15m" // a day ago was the last that the old key could have signed
	s.launch()
	c.refuses(v, "a retired key's token", g.AccessToken)
	c.want(t, "TOKENS_REFRESHED", g.refresh())
}
