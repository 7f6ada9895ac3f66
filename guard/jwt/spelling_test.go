package jwt

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// a token has one spelling.

// strange are characters beside the alphabet which a lenient reader may skip, fold or take for another.
var strange = []string{".", "=", "+", "/", "\n", "\r", "\t", " ", "\x00", "%", "é", "ａ", "\u200b", "\xff"}

// tries returns what to put at a place: everything, but within the payload of an algorithm that is slow to verify a
// few letters and all that is strange. There each change is one more wrong signature; HS256 tries them all.
func tries(s signer, good string, at int) []string {
	first, last := strings.IndexByte(good, '.'), strings.LastIndexByte(good, '.')
	if s.alg != HS256 && at > first+2 && at < last-2 {
		return append([]string{"A", "_", string(letters[at%len(letters)])}, strange...)
	}
	return append(strings.Split(letters, ""), strange...)
}

// TestEverySmallChangeIsRefused changes, inserts and cuts at every place of a token that the verifier remembers.
func TestEverySmallChangeIsRefused(t *testing.T) {
	for _, s := range signers(t) {
		t.Run(string(s.alg), func(t *testing.T) {
			t.Parallel()
			v, good := verifier(t, s.key(t)), s.good(t)
			accepted(t, v, good)
			tried, taken := 0, 0
			try := func(token string) {
				tried++
				if _, err := v.Verify(token); err == nil && token != good {
					taken++
					t.Errorf("accepted %q for %q", token, good)
				}
			}
			for at := range len(good) + 1 {
				try(good[:at])
				try(good[at:])
				for _, c := range tries(s, good, at) {
					try(good[:at] + c + good[at:])
				}
				if at == len(good) {
					break
				}
				try(good[:at] + good[at+1:])
				for _, c := range tries(s, good, at) {
					try(good[:at] + c + good[at+1:])
				}
			}
			t.Logf("%d of %d accepted", taken, tried)
			accepted(t, v, good)
		})
	}
}

func TestOtherSpellingsAreRefused(t *testing.T) {
	for _, s := range signers(t) {
		good := s.good(t)
		part := strings.Split(good, ".")
		other := strings.Split(s.raw(t, s.header(), strings.Replace(goodPayload(), "admin", "owner", 1)), ".")
		v := verifier(t, allKeys(t)...)
		accepted(t, v, good)
		std := func(p string) string {
			b, err := base64.RawURLEncoding.DecodeString(p)
			if err != nil {
				t.Fatal(err)
			}
			return base64.StdEncoding.EncodeToString(b)
		}
		for name, token := range map[string]string{
			"empty":                  "",
			"dots":                   "..",
			"three dots":             "...",
			"no signature":           part[0] + "." + part[1],
			"empty signature":        part[0] + "." + part[1] + ".",
			"empty header":           "." + part[1] + "." + part[2],
			"empty payload":          part[0] + ".." + part[2],
			"four parts":             good + "." + part[2],
			"five parts, as a JWE":   good + ".." + part[2],
			"payload of another":     part[0] + "." + other[1] + "." + part[2],
			"signature of another":   part[0] + "." + part[1] + "." + other[2],
			"parts in another order": part[1] + "." + part[0] + "." + part[2],
			"twice":                  good + good,
			"padding":                part[0] + "." + part[1] + "." + part[2] + "==",
			"standard base64":        std(part[0]) + "." + std(part[1]) + "." + std(part[2]),
			"Bearer in front":        "Bearer " + good,
			"quotes":                 `"` + good + `"`,
			"line break behind":      good + "\n",
			"space in front":         " " + good,
			"NUL behind":             good + "\x00",
			"byte order mark":        "\ufeff" + good,
			"upper case":             strings.ToUpper(good),
			"percent encoding":       strings.ReplaceAll(good, ".", "%2E"),
			"flattened JSON":         fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, part[0], part[1], part[2]),
			"general JSON":           fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, part[1], part[0], part[2]),
			"8 KiB and one":          strings.Repeat("A", maxToken+1),
			"a megabyte":             strings.Repeat("A.", 1<<19),
			"refresh token":          encode(seed("refresh")),
			"payload not base64url":  part[0] + "." + part[1] + "A" + "." + part[2],
		} {
			t.Run(string(s.alg)+" "+name, func(t *testing.T) { refused(t, v, token, "") })
		}
	}
}

func TestTokensAreAtMost8KiB(t *testing.T) {
	s := hsSigner("hs")
	v := verifier(t, s.key(t))
	filled := func(n int) string { return s.raw(t, s.header(), with(t, "x", `"`+strings.Repeat("x", n)+`"`)) }
	n := 0
	for len(filled(n)) < maxToken {
		n += max(1, (maxToken-len(filled(n)))/2)
	}
	accepted(t, v, filled(n-1))
	refused(t, v, filled(n+2), Malformed)
}

// TestSpareBitsMustBeZero signs what a lenient decoder would take for the good header: the signature is right, the
// spelling is not.
func TestSpareBitsMustBeZero(t *testing.T) {
	s := hsSigner("hs")
	v := verifier(t, s.key(t))
	for _, payload := range []string{goodPayload(), goodPayload() + " ", goodPayload() + "  "} {
		body := encode([]byte(payload))
		if len(body)%4 == 0 {
			continue
		}
		last := strings.IndexByte(letters, body[len(body)-1])
		signed := encode([]byte(s.header())) + "." + body[:len(body)-1] + string(letters[last+1])
		refused(t, v, signed+"."+encode(s.signature(t, signed)), Malformed)
	}
}
