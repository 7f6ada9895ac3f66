package guard_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
	"github.com/latchkey/latchkey/guard/jwt"
)

func TestConfig(t *testing.T) {
	feed := guard.Feed{Key: "lks_key"}
	for name, c := range map[string]struct {
		config guard.Config
		want   string // of the error, "" for none
	}{
		"an issuer":               {guard.Config{Issuer: issuer}, ""},
		"nothing":                 {guard.Config{}, "Issuer"},
		"plain http":              {guard.Config{Issuer: "http://auth.example.com"}, "https"},
		"plain http, and allowed": {guard.Config{Issuer: "http://auth.example.com", PlainHTTP: true}, ""},
		"loopback":                {guard.Config{Issuer: "http://127.0.0.1:3502"}, ""},
		"loopback by IPv6":        {guard.Config{Issuer: "http://[::1]:3502"}, ""},
		"localhost":               {guard.Config{Issuer: "http://localhost:3502"}, ""},
		"what begins alike":       {guard.Config{Issuer: "http://localhost.evil.example"}, "https"},
		"keys in clear":           {guard.Config{Issuer: issuer, Keys: guard.JWKS("http://auth.example.com/jwks")}, "Keys"},
		"keys from a file":        {guard.Config{Issuer: issuer, Keys: guard.JWKS("file:///etc/jwks")}, "Keys"},
		"no address":              {guard.Config{Issuer: issuer, Keys: guard.JWKS("jwks")}, "Keys"},
		"a password in it":        {guard.Config{Issuer: issuer, Keys: guard.JWKS("https://a:b@auth.example.com/jwks")}, "Keys"},
		"a feed in clear":         {guard.Config{Issuer: issuer, Feed: guard.Feed{URL: "http://auth.example.com/auth/revocations", Key: "lks_key"}}, "Feed.URL"},
		"a feed without key":      {guard.Config{Issuer: issuer, Feed: guard.Feed{URL: issuer + "/auth/revocations"}}, "Feed.Key"},
		"a key of two lines":      {guard.Config{Issuer: issuer, Feed: guard.Feed{Key: "lks_a\nlks_b"}}, "Feed.Key"},
		"keys checked in clear":   {guard.Config{Issuer: issuer, VerifyURL: "http://auth.example.com/auth/verify"}, "VerifyURL"},
		"a negative bound":        {guard.Config{Issuer: issuer, MaxStale: -1}, "MaxStale"},
		"an origin with a path":   {guard.Config{Issuer: issuer, Origins: []string{"https://app.example.com/"}}, "Origins"},
		"any origin":              {guard.Config{Issuer: issuer, Origins: []string{"*"}}, "Origins"},
		"a feed":                  {guard.Config{Issuer: issuer, Feed: feed, Client: guardtest.Client(http.NotFoundHandler())}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := guard.New(c.config)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to speak of %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "lks_") {
				t.Errorf("the key is in the error: %v", err)
			}
			if g != nil {
				_ = g.Close() // nothing is under way
			}
		})
	}
}

// The vectors that guard/jwt is held against, through all of the guard: over the network as it is, public keys only.
func TestVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Keys    []map[string]string
		Vectors []struct {
			Name, Token, Issuer, Audience, Want string
			Keys                                []string
			Now                                 int64
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	ran := map[string]int{}
	for _, v := range file.Vectors {
		kid := jwt.KeyID(v.Token)
		if kid == "hs" || kid == "" && v.Want != "malformed" || strings.HasPrefix(v.Token, "lks_") {
			continue // these need a secret, which is not published, or are for another door
		}
		set := map[string][]map[string]string{"keys": {}}
		for _, k := range file.Keys {
			for _, kid := range v.Keys {
				if k["kid"] == kid && k["kty"] != "oct" {
					set["keys"] = append(set["keys"], k)
				}
			}
		}
		body, err := json.Marshal(set)
		if err != nil {
			t.Fatal(err)
		}
		ran[v.Want]++
		t.Run(v.Name, func(t *testing.T) {
			var outside []string
			g := start(t, guard.Config{
				Issuer: v.Issuer, Audience: v.Audience, Keys: guard.JWKS("https://auth.example.com/jwks"), Now: func() time.Time { return time.Unix(v.Now, 0) },
				Client: guardtest.Client(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					outside = append(outside, r.URL.String())
					_, _ = w.Write(body) // who no longer listens needs no answer
				})),
			})
			for range 2 {
				id, err := g.Verify(t.Context(), v.Token)
				got := errorOf(t, err)
				want := guard.Error{Status: 401, Code: guard.CodeTokenInvalid, Reason: v.Want, Message: got.Message}
				if v.Want == "ok" {
					want = guard.Error{}
				} else if v.Token == "" {
					want.Code, want.Reason = guard.CodeTokenMissing, ""
				}
				if got != want || err != nil && id.Kind != "" {
					t.Errorf("got %+v %+v, want %+v", id, got, want)
				}
			}
			for _, u := range outside {
				if u != "https://auth.example.com/jwks" {
					t.Errorf("a token made it ask %s", u)
				}
			}
		})
	}
	for _, want := range []string{"ok", "malformed", "signature", "claims", "expired"} {
		if ran[want] < 3 {
			t.Errorf("%d vectors ran that want %q", ran[want], want)
		}
	}
}
