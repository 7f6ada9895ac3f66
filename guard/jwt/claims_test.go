package jwt

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// every claim is there, once, of the right type and meant for here and now.

// with replaces a claim of the good payload by JSON text; none removes it.
func with(t testing.TB, claim, value string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(goodPayload()), &members); err != nil {
		t.Fatal(err)
	}
	delete(members, claim)
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	if value == "" {
		return string(text)
	}
	return strings.TrimSuffix(string(text), "}") + fmt.Sprintf(",%q:%s}", claim, value)
}

func TestClaimsMatrix(t *testing.T) {
	s := hsSigner("hs")
	v := verifier(t, s.key(t))
	texts := []string{"iss", "sub", "tenantId", "role", "sid", "jti"}
	optional := []string{"spaceId", "username"}
	times := []string{"iat", "exp", "nbf"}
	check := func(claim, value string, want Reason) {
		t.Run(claim+" "+value[:min(len(value), 40)], func(t *testing.T) {
			refused(t, v, s.raw(t, s.header(), with(t, claim, value)), want)
		})
	}
	for _, claim := range append(append([]string{"aud"}, texts...), "iat", "exp") {
		check(claim, "", Unacceptable)
	}
	for _, claim := range append(texts, "aud") {
		check(claim, `""`, Unacceptable)
	}
	for _, claim := range append(append(texts, optional...), "aud") {
		for _, value := range []string{`null`, `1`, `-1`, `1e300`, `true`, `{}`, `{"a":1}`, `[]`, `[[]]`, `[null]`, `[""]`, `"a` + "\n" + `"`, `"\ud800"`, `"\x"`, "\"\xff\"", `NaN`, ``} {
			if value == "" && claim != "aud" {
				continue
			}
			check(claim, value, Unacceptable)
		}
		if claim != "aud" {
			check(claim, `["`+issuer+`"]`, Unacceptable)
		}
	}
	for _, value := range []string{`null`, `"users:read"`, `{}`, `[1]`, `[null]`, `[""]`, `["a",]`, `["a" "b"]`} {
		check("permissions", value, Unacceptable)
	}
	for _, claim := range times {
		for _, value := range []string{
			`null`, `"1767323045"`, `true`, `[]`, `[1767323045]`, `{}`, `-1`, `-1767323045`, `1767323045.0`, `1767323045.5`, `1.767323045e9`,
			`1e300`, `1E300`, `-1e300`, `1e-1`, `99999999999999999999999999`, `9223372036854775807`, `253402300800`, `01767323045`, `+1767323045`, `0x1`, `1_0`,
			`Infinity`, `-`, `-0`, `1.`, `.5`, `""`,
		} {
			check(claim, value, Unacceptable)
		}
	}
	for _, c := range []struct{ claim, value string }{
		{"iss", `"https://auth.example.com/"`}, {"iss", `"https://AUTH.example.com"`}, {"iss", `"https://auth.example.co"`}, {"iss", `"https://auth.example.com "`},
		{"aud", `"https://api.example.com/"`}, {"aud", `"https://api.example.co"`}, {"aud", `"https://api.example.com.evil.example"`}, {"aud", `"*"`},
		{"aud", `["https://other.example.com"]`}, {"aud", `"https://api.example.com,https://b"`}, {"aud", `["https://API.example.com"]`},
		{"iat", unix(start.Add(31 * time.Second))}, {"iat", `253402300799`}, {"nbf", unix(start.Add(31 * time.Second))}, {"nbf", `253402300799`},
	} {
		check(c.claim, c.value, Unacceptable)
	}
	for _, value := range []string{`0`, `1`, unix(start.Add(-30 * time.Second)), unix(start.Add(-time.Hour))} {
		check("exp", value, Expired)
	}
}

func unix(at time.Time) string { return fmt.Sprint(at.Unix()) }

func TestClaimsThatAreRight(t *testing.T) {
	s := hsSigner("hs")
	v := verifier(t, s.key(t))
	for _, c := range []struct{ claim, value string }{
		{"aud", `["https://other.example.com","` + audience + `"]`},
		{"aud", `"https:\/\/api.example.com"`},
		{"spaceId", ""}, {"spaceId", `""`}, {"username", ""}, {"username", `"진 \ud83d\ude00"`}, {"permissions", ""}, {"permissions", `[]`},
		{"iat", unix(start.Add(30 * time.Second))}, {"nbf", unix(start.Add(30 * time.Second))}, {"nbf", `0`},
		{"exp", unix(start.Add(-29 * time.Second))}, {"exp", `253402300799`},
		{"extra", `{"deep":[[[{"a":null}]]],"n":-1.5e+9,"t":true}`}, {"extra", `null`}, {"email", `"x"`},
	} {
		t.Run(c.claim+" "+c.value, func(t *testing.T) { accepted(t, v, s.raw(t, s.header(), with(t, c.claim, c.value))) })
	}
}

func TestPayloadIsStrictJSON(t *testing.T) {
	s := hsSigner("hs")
	v := verifier(t, s.key(t))
	good := goodPayload()
	more := func(member string) string { return strings.TrimSuffix(good, "}") + "," + member + "}" }
	tests := map[string]string{
		"empty": ``, "null": `null`, "array": `[` + good + `]`, "string": `"x"`, "trailing object": good + `{}`, "trailing brace": good + `}`,
		"trailing NUL": good + "\x00", "byte order mark": "\ufeff" + good, "no end": strings.TrimSuffix(good, "}"), "trailing comma": strings.TrimSuffix(good, "}") + ",}",
		"comment": good + `//`, "not UTF-8": more("\"x\":\"\xc3\x28\""), "extra twice": more(`"x":1,"x":1`), "nested twice": more(`"x":{"a":1,"a":1}`),
		"half a surrogate": more(`"x":"\udc00"`), "swapped surrogates": more(`"x":"\udc00\ud800"`), "bare control": more("\"x\":\"\t\""),
		"deep":         more(`"x":` + strings.Repeat("[", 33) + strings.Repeat("]", 33)),
		"many members": more(strings.TrimSuffix(manyMembers(101), ",")), "bare word": more(`"x":nul`), "no colon": more(`"x" 1`), "name no string": more(`x:1`),
	}
	for _, name := range known {
		tests[name+" twice"] = more(fmt.Sprintf(`%q:%s`, name, map[bool]string{true: "1", false: `"x"`}[name == "nbf"]))
		tests[name+" in upper case"] = more(fmt.Sprintf(`%q:"x"`, strings.ToUpper(name)))
		tests[name+" escaped twice"] = more(fmt.Sprintf(`"\u00%x%s":"x"`, name[0], name[1:]))
		if strings.Contains(name, "s") {
			tests[name+" with long s"] = more(fmt.Sprintf(`%q:"x"`, strings.Replace(name, "s", "ſ", 1)))
		}
	}
	tests["nbf twice"] = more(`"nbf":1,"nbf":1`)
	for name, payload := range tests {
		t.Run(name, func(t *testing.T) {
			refused(t, v, s.raw(t, s.header(), payload), map[bool]Reason{true: Malformed, false: Unacceptable}[payload == ""])
		})
	}
	for name, payload := range map[string]string{
		"white space": " \t\r\n" + strings.ReplaceAll(good, ",", " ,\n") + " ", "32 deep": more(`"x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31)),
	} {
		t.Run(name, func(t *testing.T) { accepted(t, v, s.raw(t, s.header(), payload)) })
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"x%d":1,`, i)
	}
	return b.String()
}

// TestSignatureComesFirst: who cannot sign learns nothing about what claims would pass.
func TestSignatureComesFirst(t *testing.T) {
	s, thief := ecSigner(t, "es"), signer{"es", ES256, ecSigner(t, "thief").private}
	v := verifier(t, s.key(t))
	for _, payload := range []string{goodPayload(), with(t, "exp", "1"), with(t, "iss", `"x"`), `{}`, `x`} {
		refused(t, v, thief.raw(t, thief.header(), payload), Signature)
	}
	refused(t, v, s.raw(t, s.header(), with(t, "exp", "1")), Expired)
}

func TestVerifyReturnsTheClaims(t *testing.T) {
	for _, s := range signers(t) {
		v := verifier(t, s.key(t))
		want := goodClaims()
		token, err := Sign(want, s.kid, s.alg, s.private)
		if err != nil {
			t.Fatal(err)
		}
		for _, sight := range []string{"first", "second"} {
			got, err := v.Verify(token)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s sight: got %+v, %v; want %+v", s.alg, sight, got, err, want)
			}
		}
	}
}

func TestErrorsAnswerIsAndAs(t *testing.T) {
	s := hsSigner("hs")
	_, err := verifier(t, s.key(t)).Verify(s.raw(t, s.header(), with(t, "exp", "1")))
	var e Error
	if !errors.Is(err, Expired) || errors.Is(err, Unacceptable) || !errors.As(fmt.Errorf("wrapped: %w", err), &e) || e.Reason != "expired" {
		t.Errorf("got %#v, want an Error for reason expired", err)
	}
}

func TestLeeway(t *testing.T) {
	s := hsSigner("hs")
	for _, tt := range []struct {
		set  time.Duration
		want time.Duration
	}{{0, 30 * time.Second}, {-1, 0}, {time.Second, time.Second}, {5 * time.Minute, 5 * time.Minute}} {
		for _, size := range []int{0, -1} {
			now := start
			v, err := New(Config{Issuer: issuer, Audience: audience, Keys: Keys(s.key(t)), Leeway: tt.set, Now: func() time.Time { return now }, CacheSize: size})
			if err != nil {
				t.Fatal(err)
			}
			token, ends := s.good(t), goodClaims().ExpiresAt
			accepted(t, v, token)
			now = ends.Add(tt.want - 1)
			accepted(t, v, token)
			now = ends.Add(tt.want)
			refused(t, v, token, Expired)
			now = start.Add(-tt.want)
			accepted(t, v, token)
			now = start.Add(-tt.want - 1) // the clock was set back: remembered or not, the token lies in the future
			refused(t, v, token, Unacceptable)
		}
	}
}
