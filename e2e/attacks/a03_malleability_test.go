package attacks

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestA03TokenMalleability: of the many spellings that lenient parsers take for
// one token a single one is accepted, and nothing that was changed.
func TestA03TokenMalleability(t *testing.T) {
	t.Parallel()
	s := start(t, open().with(env{"LOG_LEVEL": "warn"}))
	v, c := judge(t), s.guarded(t)
	_, g := c.join(t)
	_, other := c.join(t)
	check := func() { c.opens(t, g) }
	check()

	access := append(spellings(g.AccessToken), swapped(g.AccessToken, other.AccessToken)...)
	access = append(access, serialised(g.AccessToken)...)
	s.refusesAll(t, v, "/auth/verify-token", access)
	s.refusesAll(t, v, "/auth/verify", access)
	c.doors.gateway.refusesAll(t, v, "/orders/1", access)
	each(access, func(f forged) {
		if _, err := c.doors.guard.Verify(t.Context(), f.token); !turnedAway(err) {
			v.breach("access token, "+f.name, "by guard.Verify: %v", err)
		}
	})
	check()

	var refresh []forged
	refresh = append(append(refresh, spellings(g.RefreshToken)...), unheaderly(g.RefreshToken)...)
	each(refresh, func(f forged) {
		a := c.must(t, post("/auth/refresh", fields{"refreshToken": f.token}))
		if a.status < 400 || a.status >= 500 || a.Meta.Code == "INVALID_REFRESH_HASH" {
			v.breach("refresh token, "+f.name, "%v", a)
		}
	})
	c.want(t, "TOKENS_REFRESHED", g.refresh())

	var device []forged
	device = append(append(device, spellings(g.DeviceToken)...), unheaderly(g.DeviceToken)...)
	tried := 0
	for i := 0; i < len(device); i += len(device)/25 + 1 { // logging in costs a hash
		tried++
		p, _ := c.join(t)
		got := c.want(t, "LOGIN_SUCCESS", post("/auth/login", fields{"email": p.Email, "password": p.Password, "deviceToken": device[i].token})).grant()
		if got.DeviceToken == g.DeviceToken {
			v.breach("device token, "+device[i].name, "it was recognised")
		}
	}
	if tried < 20 {
		t.Errorf("%d device tokens tried, want 20 at least", tried)
	}
}

// spellings are a token with each character changed bit by bit, the last one of
// each part in every way; with one character less, at every place; with one
// more, at every place; and every piece of it from either end.
func spellings(token string) (all []forged) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range len(token) {
		at := strings.IndexByte(letters, token[i])
		for j := range letters {
			bit := at >= 0 && (at^j)&((at^j)-1) == 0 // one bit of six
			last := i+1 == len(token) || token[i+1] == '.'
			if j != at && (bit || last || at < 0 && j%16 == 0) {
				all = append(all, forged{fmt.Sprintf("character %d changed to %c", i, letters[j]), token[:i] + letters[j:j+1] + token[i+1:]})
			}
		}
		all = append(all, forged{fmt.Sprintf("%d characters", i), token[:i]}, forged{fmt.Sprintf("without the first %d", i+1), token[i+1:]},
			forged{fmt.Sprintf("without character %d", i), token[:i] + token[i+1:]})
		for _, more := range []string{"A", ".", "="} {
			all = append(all, forged{fmt.Sprintf("%s before character %d", more, i), token[:i] + more + token[i:]})
		}
		for _, strange := range []string{" ", "+", "/", "~", "%41", "\t"} {
			if i%7 == 3 {
				all = append(all, forged{fmt.Sprintf("%q before character %d", strange, i), token[:i] + strange + token[i:]})
			}
		}
	}
	for _, end := range []string{"A", "=", "==", "===", ".", "..", ".A", "%3D", ",", ";", `"`, "+", "/"} {
		all = append(all, forged{fmt.Sprintf("with %q behind it", end), token + end})
	}
	std := strings.NewReplacer("-", "+", "_", "/").Replace(token)
	if std != token {
		all = append(all, forged{"in the standard alphabet", std})
	}
	return append(all, forged{"twice", token + token}, forged{"in upper case", strings.ToUpper(token)}, forged{"quoted", `"` + token + `"`},
		forged{"percent-encoded", fmt.Sprintf("%%%X", token[0]) + token[1:]})
}

// unheaderly are spellings that no header can carry, but a body can.
func unheaderly(token string) (all []forged) {
	for _, more := range []string{"\n", "\r\n", "\r", "\x00", "\u200b", "é"} {
		for _, i := range []int{0, 1, len(token) / 2, len(token) - 1, len(token)} {
			all = append(all, forged{fmt.Sprintf("%q before character %d", more, i), token[:i] + more + token[i:]})
		}
	}
	return all
}

// swapped are tokens whose parts come from two good ones.
func swapped(one, two string) (all []forged) {
	a, b := strings.Split(one, "."), strings.Split(two, ".")
	for mix := range 8 {
		part := func(i int) string {
			if mix&(1<<i) != 0 {
				return b[i]
			}
			return a[i]
		}
		token := part(0) + "." + part(1) + "." + part(2)
		if token != one && token != two {
			all = append(all, forged{fmt.Sprintf("parts of two tokens, %03b", mix), token})
		}
	}
	return append(all, forged{"parts in another order", a[1] + "." + a[0] + "." + a[2]}, forged{"signature first", a[2] + "." + a[0] + "." + a[1]})
}

// serialised are the token's other serialisations (RFC 7515 §7.2).
func serialised(token string) []forged {
	p := strings.Split(token, ".")
	flat := fmt.Sprintf(`{"protected":"%s","payload":"%s","signature":"%s"}`, p[0], p[1], p[2])
	general := fmt.Sprintf(`{"payload":"%s","signatures":[{"protected":"%s","signature":"%s"}]}`, p[1], p[0], p[2])
	return []forged{
		{"flattened JSON", flat}, {"general JSON", general}, {"flattened JSON in base64url", b64.EncodeToString([]byte(flat))},
		{"the token in base64", base64.StdEncoding.EncodeToString([]byte(token))}, {"five parts", p[0] + "." + p[1] + "." + p[2] + ".."},
		{"detached payload", p[0] + ".." + p[2]},
	}
}

// refusesAll tries tokens as a Bearer over bare connections, thousands of them
// a second, one answer each.
func (s *server) refusesAll(t *testing.T, v *verdict, path string, all []forged) {
	t.Helper()
	const bunch = 100
	var bunches [][]forged
	for len(all) > 0 {
		n := min(bunch, len(all))
		bunches, all = append(bunches, all[:n]), all[n:]
	}
	eachOf(4, bunches, func(tokens []forged) {
		conn := s.dial(t)
		defer conn.Close()
		var say strings.Builder
		for _, f := range tokens {
			say.WriteString(wire("GET "+path, "Authorization: Bearer "+f.token))
		}
		go func() { _, _ = conn.Write([]byte(say.String())) }() // who hangs up has answered, or fails below
		from := bufio.NewReader(conn)
		for _, f := range tokens {
			got, err := http.ReadResponse(from, nil)
			if err != nil {
				t.Errorf("%s: no answer: %v", f.name, err)
				return
			}
			if a, err := readReply(got); err != nil || a.status != http.StatusUnauthorized && a.status != http.StatusBadRequest {
				v.breach("access token, "+f.name, "at %s: %v, %v", path, a, err)
			}
			got.Body.Close()
		}
	})
}
