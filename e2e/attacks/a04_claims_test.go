package attacks

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

// TestA04Claims: a token that is signed by the right key is held to what it
// says all the same (RFC 7519 §4.1, RFC 9068 §4). The key here is a shared one,
// so the suite signs whatever it likes.
func TestA04Claims(t *testing.T) {
	t.Parallel()
	const shared = "a-seed-deployments-secret-of-47-letters-in-all!"
	secret(shared)
	s := start(t, open().with(env{"JWT_SECRET": shared}))
	v, c := judge(t), s.guarded(t)
	_, g := c.join(t)
	_, other := c.join(t)
	header, claims := parts(t, g.AccessToken)
	_, theirs := parts(t, other.AccessToken)
	sign := func(payload string) string { return forge(t, text(t, header), payload, hs(shared)) }
	if a := c.must(t, get("/auth/me", "Authorization", "Bearer "+sign(text(t, claims)))); a.status != 200 {
		t.Fatalf("a token signed by the suite is not accepted: %v", a)
	}

	var all []forged
	for name := range claims {
		for _, f := range misshapen(t, claims, name) {
			if required[name] || f.name != "missing" {
				all = append(all, forged{name + " " + f.name, f.token})
			}
		}
	}
	changed := func(claimed map[string][]any) (all []forged) {
		for name, values := range claimed {
			for _, value := range values {
				changed := maps.Clone(claims)
				changed[name] = value
				all = append(all, forged{fmt.Sprintf("%s is %v", name, value), text(t, changed)})
			}
		}
		return all
	}
	all = append(all, changed(unacceptable(claims))...)
	for _, payload := range []string{"", "{}", "[]", "null", `"x"`, "1", text(t, claims) + " {}", text(t, claims) + "x", "\ufeff" + text(t, claims), strings.Repeat("[", 3000)} {
		all = append(all, forged{"payload " + payload[:min(len(payload), 20)], payload})
	}
	each(all, func(f forged) { c.refuses(v, f.name, sign(f.token)) })
	// A guard has no records: whoever has the secret is the issuer to it.
	each(changed(unrecorded(g, theirs)), func(f forged) { s.client().refuses(v, f.name, sign(f.token)) })
	c.opens(t, g)
}

// required are the claims that every token has.
var required = map[string]bool{
	"iss": true, "aud": true, "sub": true, "tenantId": true, "role": true, "sid": true, "jti": true, "iat": true, "exp": true,
}

// misshapen are the payloads in which one claim is not what it should be.
func misshapen(t *testing.T, claims fields, name string) (all []forged) {
	t.Helper()
	rest := maps.Clone(claims)
	delete(rest, name)
	without := text(t, rest)
	with := func(value string) string { return without[:len(without)-1] + `,"` + name + `":` + value + `}` }
	genuine := text(t, claims[name])
	all = append(all, forged{"missing", without}, forged{"twice, the same", with(genuine + `,"` + name + `":` + genuine)},
		forged{"twice, null last", with(genuine + `,"` + name + `":null`)}, forged{"twice, null first", with(`null,"` + name + `":` + genuine)},
		forged{"in upper case beside itself", with(genuine + `,"` + strings.ToUpper(name) + `":` + genuine)},
		forged{"escaped, twice", with(genuine + `,"\u00` + fmt.Sprintf("%02x", name[0]) + name[1:] + `":` + genuine)})
	values := []string{"null", "true", "{}", "[]", "[[]]", `{"$ne":null}`, "[null]", "[0]"}
	_, isNumber := claims[name].(float64)
	if isNumber {
		values = append(values, `"`+genuine+`"`, "-1", "1e300", "-1e300", "1e3", "9999999999999999999999", "0x7fffffff", "NaN", "Infinity", `""`, genuine+".5", "["+genuine+"]")
	} else {
		values = append(values, "0", "-1", "1e300")
		if name != "aud" { // which may be a list
			values = append(values, "["+genuine+"]")
		}
	}
	for _, value := range values {
		all = append(all, forged{"is " + value, with(value)})
	}
	return all
}

// unacceptable are values of the right shape that nobody takes.
func unacceptable(claims fields) map[string][]any {
	now := time.Now().Unix()
	iss, _ := claims["iss"].(string)
	return map[string][]any{
		"exp":      {now - 3600, now - 31, 1, 0},
		"nbf":      {now + 3600, now + 120, "0", nil, -1},
		"iat":      {now + 3600, now + 120},
		"iss":      {"", iss + "/", strings.ToUpper(iss), "https://evil.test", strings.TrimSuffix(iss, "1") + "2"},
		"aud":      {"", "https://evil.test", []string{"https://evil.test"}, []string{}, iss + "/", []string{""}},
		"sub":      {""},
		"sid":      {""},
		"tenantId": {""},
		"jti":      {""},
		"role":     {""},
	}
}

// unrecorded are values that are not this session's in the server's records, and
// an end that a guard allows for: the clock by which it was set is another's.
func unrecorded(g grant, theirs fields) map[string][]any {
	return map[string][]any{
		"exp":      {time.Now().Unix() - 1},
		"sub":      {theirs["sub"], strings.ToUpper(g.User.ID), "00000000-0000-0000-0000-000000000000", "*", "' OR 1=1--"},
		"sid":      {theirs["sid"], "00000000-0000-0000-0000-000000000000", strings.ToUpper(g.SessionID), "*", "%", g.SessionID + " "},
		"tenantId": {"another", "*", "DEFAULT", "default ", "../default"},
		"spaceId":  {"another", "*", "00000000-0000-0000-0000-000000000000"},
	}
}
