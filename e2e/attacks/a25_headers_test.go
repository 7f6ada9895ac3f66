package attacks

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestA25Headers: too much of a header is refused, and of two credentials that
// disagree none is taken: a request never means another person to us than to
// whoever stands before us.
func TestA25Headers(t *testing.T) {
	t.Parallel()
	s := start(t, open())
	v, c := judge(t), s.client()
	_, ann := c.join(t)
	_, bob := c.join(t)
	for _, r := range s.routes(t) {
		if !r.guarded || r.operated || r.changes() {
			continue
		}
		for _, tt := range twoOfThem(ann.AccessToken, bob.AccessToken) {
			q := request{method: r.method, path: r.path, headers: tt.headers}
			if a := c.must(t, q); a.status != tt.want {
				v.breach(tt.name, "%s %s: %v, want %d", q.method, q.path, a, tt.want)
			}
		}
	}
	each(bombs(ann), func(tt headerVariant) {
		a, err := c.do(get("/auth/me", tt.headers...))
		if err == nil && a.status != tt.want && a.status != http.StatusRequestHeaderFieldsTooLarge {
			v.breach(tt.name, "%v, want %d or 431", a, tt.want)
		}
		if err != nil && len(strings.Join(tt.headers, "")) < 1<<16 { // beyond that the server may hang up on who still talks
			v.breach(tt.name, "no answer: %v", err)
		}
	})
	refreshTwice(t, v, c)
	c.want(t, "CURRENT_USER_OK", ann.me())
}

type headerVariant struct {
	name    string
	headers []string
	want    int
}

// twoOfThem are two credentials in one request: 200 where they are one, and the
// header means the same to everybody.
func twoOfThem(ann, bob string) []headerVariant {
	const ok, bad, none = http.StatusOK, http.StatusBadRequest, http.StatusUnauthorized
	return []headerVariant{
		{"two bearers", []string{"Authorization", "Bearer " + ann, "Authorization", "Bearer " + bob}, bad},
		{"two bearers, in one line", []string{"Authorization", "Bearer " + ann + ", Bearer " + bob}, none},
		{"a bearer and a basic", []string{"Authorization", "Bearer " + ann, "Authorization", "Basic eDp5"}, bad},
		{"two cookies", []string{"Cookie", "accessToken=" + ann + "; accessToken=" + bob}, bad},
		{"two cookie headers", []string{"Cookie", "accessToken=" + ann, "Cookie", "accessToken=" + bob}, bad},
		{"cookie and bearer", []string{"Cookie", "accessToken=" + ann, "Authorization", "Bearer " + bob}, bad},
		{"cookie and x-access-token", []string{"Cookie", "accessToken=" + ann, "X-Access-Token", bob}, bad},
		{"bearer and x-access-token", []string{"Authorization", "Bearer " + ann, "X-Access-Token", bob}, bad},
		{"two x-access-tokens", []string{"X-Access-Token", ann, "X-Access-Token", bob}, bad},
		{"one good, one garbage", []string{"Authorization", "Bearer " + ann, "X-Access-Token", "x"}, bad},
		{"two tenants", []string{"Authorization", "Bearer " + ann, "X-Tenant-Id", "default", "X-Tenant-Id", "other"}, bad},
		{"two spaces", []string{"Authorization", "Bearer " + ann, "X-Space-Id", "a", "X-Space-Id", "b"}, bad},
		{"two device tokens", []string{"Authorization", "Bearer " + ann, "X-Device-Token", "a", "Cookie", "deviceId=b"}, bad},
		{"two that agree", []string{"Authorization", "Bearer " + ann, "Cookie", "accessToken=" + ann, "X-Access-Token", ann}, ok},
		{"prefix in another case", []string{"Authorization", "bEaReR " + ann}, ok}, // RFC 9110 §11.1
		{"two blanks", []string{"Authorization", "Bearer  " + ann}, ok},
		{"no blank", []string{"Authorization", "Bearer" + ann}, none},
		{"a colon", []string{"Authorization", "Bearer: " + ann}, none},
		{"a tab", []string{"Authorization", "Bearer\t" + ann}, none},
		{"no scheme", []string{"Authorization", ann}, none},
		{"another scheme", []string{"Authorization", "Token " + ann}, none},
		{"basic", []string{"Authorization", "Basic " + ann}, none},
		{"quoted", []string{"Authorization", `Bearer "` + ann + `"`}, none},
		{"with parameters", []string{"Authorization", "Bearer " + ann + ", realm=x"}, none},
		{"the scheme twice", []string{"Authorization", "Bearer Bearer " + ann}, none},
		{"scheme alone", []string{"Authorization", "Bearer"}, none},
		{"name in another case", []string{"Cookie", "ACCESSTOKEN=" + ann}, none},
		{"name with a blank", []string{"Cookie", "accessToken =" + ann + "x"}, none},
		{"name with a prefix", []string{"Cookie", "__Host-accessToken=" + ann}, none},
		{"in the query", []string{"X-Original-URL", "/auth/me?access_token=" + ann}, none},
		{"under a proxy's header", []string{"X-Forwarded-Access-Token", ann, "Proxy-Authorization", "Bearer " + ann}, none},
	}
}

// bombs are more of a header than anybody needs. 3,000 cookies are where
// net/http stops reading any.
func bombs(ann grant) (all []headerVariant) {
	jar := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "c%d=;", i)
		}
		return b.String() + "accessToken=" + ann.AccessToken
	}
	lines := []string{}
	for range 60 {
		lines = append(lines, "Cookie", "a=b")
	}
	return []headerVariant{
		{"51 cookies", []string{"Cookie", jar(50)}, 400},
		{"1,000 cookies", []string{"Cookie", jar(1000)}, 400},
		{"3,000 cookies", []string{"Cookie", jar(3000)}, 400},
		{"3,001 short ones", []string{"Cookie", strings.Repeat("a;", 3001) + "accessToken=" + ann.AccessToken}, 400},
		{"60 cookie headers", append(lines, "Cookie", "accessToken="+ann.AccessToken), 400},
		{"3,000 cookies beside a bearer", append(ann.bearer(), "Cookie", jar(3000)), 400},
		{"17 KiB in one header", append(ann.bearer(), "X-Big", strings.Repeat("a", 17<<10)), 431},
		{"1 MB in one header", append(ann.bearer(), "X-Big", strings.Repeat("a", 1<<20)), 431},
		{"1 MB of headers", append(ann.bearer(), manyHeaders(16<<10)...), 431},
		{"a bearer of 12 KiB", []string{"Authorization", "Bearer " + strings.Repeat("a", 12<<10)}, 401},
	}
}

func manyHeaders(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("X-Many-%d", i), strings.Repeat("a", 50))
	}
	return all
}

// refreshTwice: two refresh tokens that disagree rotate neither.
func refreshTwice(t *testing.T, v *verdict, c *client) {
	t.Helper()
	_, one := c.join(t)
	_, two := c.join(t)
	for _, q := range []request{
		post("/auth/refresh", nil, "Cookie", "refreshToken="+one.RefreshToken+"; refreshToken="+two.RefreshToken),
		post("/auth/refresh", nil, "Cookie", "refreshToken="+one.RefreshToken, "Cookie", "refreshToken="+two.RefreshToken),
		post("/auth/new-token", nil, "Cookie", "accessToken="+one.AccessToken+"; refreshToken="+two.RefreshToken),
	} {
		if a := c.must(t, q); a.status != http.StatusBadRequest {
			v.breach("two refresh tokens", "%s: %v", q.path, a)
		}
	}
	for _, g := range []grant{one, two} {
		c.want(t, "TOKENS_REFRESHED", g.refresh())
	}
}
