package attacks

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestA34Secrets: a password, a code, a token, a key that went through every
// flow, and into every wrong place, is nowhere in clear text: not in the log,
// the metrics, an error, the configuration that is printed, or the database.
func TestA34Secrets(t *testing.T) {
	t.Parallel()
	const shared = "a-seed-deployments-canary-of-47-letters-in-all!"
	master := base64.StdEncoding.EncodeToString([]byte("thirty-two-bytes-of-a-master-key"))
	for name, e := range map[string]env{
		"keys of our own": usual(),
		"a shared secret": usual().with(env{"JWT_SECRET": shared, "LATCHKEY_SECRET": master}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, e)
			v, c := judge(t), s.client()
			canaries := live(t, s, c)
			canaries["JWT_SECRET"], canaries["master key"] = e["JWT_SECRET"], e["LATCHKEY_SECRET"]
			if key, err := os.ReadFile(s.database() + ".key"); err == nil {
				canaries["master key"] = strings.TrimSpace(string(key))
			}
			if canaries["master key"] == "" {
				t.Error("no master key was found to look for")
			}
			each(misplaced(canaries), func(q request) {
				a, err := c.do(q)
				if err == nil && a.status >= 400 && !namesField(a, canaries) {
					hunt(v, "the error of "+q.method+" "+strings.SplitN(q.path, "?", 2)[0], a.body, canaries)
					hunt(v, "a header of the error", []byte(a.header.Get("Location")+a.header.Get("WWW-Authenticate")+a.header.Get("X-Request-Id")), canaries)
				}
			})
			for _, path := range []string{"/metrics", "/openapi.json", "/docs", "/.well-known/jwks.json"} {
				hunt(v, path, c.must(t, get(path)).body, canaries)
			}
			for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/debug/pprof/goroutine?debug=2", "/env", "/config", "/actuator/heapdump", "/.env", "/latchkey.db", "/latchkey.db.key", "/.git/config"} {
				if a := c.must(t, get(path)); a.status != http.StatusNotFound {
					v.breach(path, "%v", a)
				}
			}
			hunt(v, "latchkey config", []byte(s.command("config")+s.command("config", "--json")+s.command("keys", "list", "--json")), shortless(canaries))
			s.stop()
			hunt(v, "the log", []byte(s.stderr.String()), canaries)
			files, err := filepath.Glob(s.database() + "*")
			if err != nil || len(files) == 0 {
				t.Fatalf("no database, %v", err)
			}
			for _, name := range files {
				if strings.HasSuffix(name, ".key") {
					continue // that is where it is kept
				}
				content, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				hunt(v, filepath.Base(name), content, shortless(canaries))
			}
		})
	}
}

// live goes through every flow and returns the secrets that it met.
func live(t *testing.T, s *server, c *client) map[string]string {
	t.Helper()
	p := newPerson()
	c.want(t, "USER_CREATED", p.signUp())
	challenge := c.want(t, "OTP_SENT", p.logIn()).grant()
	wrong := c.want(t, "INVALID_OTP", post("/auth/login/verify", fields{"loginId": challenge.LoginID, "otp": other(s.code(t, p.Email))}))
	if wrong.status != http.StatusUnauthorized {
		t.Errorf("a wrong code gets %v", wrong)
	}
	c.want(t, "OTP_SENT", post("/auth/login/resend", fields{"loginId": challenge.LoginID}))
	code := s.code(t, p.Email)
	g := c.want(t, "LOGIN_SUCCESS", post("/auth/login/verify", fields{"loginId": challenge.LoginID, "otp": code})).grant()
	next := c.want(t, "TOKENS_REFRESHED", g.refresh()).grant()
	c.want(t, "CURRENT_USER_OK", next.me())
	c.want(t, "INVALID_CREDENTIALS", post("/auth/login", fields{"email": p.Email, "password": p.Password + "-mistyped"}))
	hash := s.rows("SELECT password_hash FROM users WHERE email = '" + p.Email + "'")[0]
	return map[string]string{
		"password": p.Password, "password hash": hash, "code": code, "first refresh token": g.RefreshToken, "refresh token": next.RefreshToken,
		"device token": g.DeviceToken, "access token": signature(g.AccessToken), "second access token": signature(next.AccessToken),
	}
}

// signature is the part of a token that makes it one.
func signature(token string) string { return token[strings.LastIndexByte(token, '.')+1:] }

// other is another code.
func other(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// misplaced are requests with a secret where none belongs.
func misplaced(canaries map[string]string) (all []request) {
	for _, secret := range canaries {
		if secret == "" {
			continue
		}
		q := url.QueryEscape(secret)
		all = append(all, get("/auth/me?token="+q+"&password="+q), get("/"+url.PathEscape(secret)), get("/auth/"+url.PathEscape(secret)), get("/auth/unlock?token="+q),
			post("/auth/login?password="+q, fields{"email": "a@example.com"}), post("/auth/login", fields{"email": secret, "password": secret}),
			post("/auth/login", fields{secret: "x"}), post("/auth/login", `{"`+secret+`":"x","`+secret+`":"y"}`), post("/auth/login", secret), post("/auth/login", `{"email":"a@example.com","password":"`+secret),
			post("/auth/login", fields{"email": "a@example.com", "password": []string{secret}}), post("/auth/sign-up", fields{"name": "x", "email": "y", "password": secret, "mobile": secret, "spaceId": secret}),
			post("/auth/login/verify", fields{"loginId": secret, "otp": secret}), post("/auth/refresh", fields{"refreshToken": secret + "x"}), post("/auth/logout/session", fields{"sessionId": secret}),
			get("/auth/me", "Authorization", "Bearer "+secret+"x"), get("/auth/me", "Authorization", "Basic "+secret), get("/auth/me", "X-Request-Id", "x "+secret), get("/auth/me", "X-Tenant-Id", secret),
			get("/auth/me", "X-Token-Delivery", secret), request{method: "BREW", path: "/auth/me?x=" + q}, request{method: "X" + strings.Map(letterOnly, secret), path: "/auth/me"},
			get("/docs/"+url.PathEscape(secret)), get("/auth/me", "Cookie", "accessToken="+secret+"; refreshToken="+secret), get("/auth/me", "Origin", "https://"+secret, "Referer", "https://x/?"+q))
	}
	return all
}

// namesField reports whether an error only tells its client the name of the
// field that it made up. That nobody else is told is looked for in the log.
func namesField(a reply, canaries map[string]string) bool {
	for _, f := range a.Meta.Fields {
		for _, text := range canaries {
			if text != "" && f.Field == text[:min(len(text), 64)] {
				return true
			}
		}
	}
	return false
}

func letterOnly(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

// shortless leaves the code out where six digits stand by chance.
func shortless(canaries map[string]string) map[string]string {
	long := map[string]string{}
	for name, text := range canaries {
		if len(text) > 6 && name != "password hash" { // the hash is what the database is to hold
			long[name] = text
		}
	}
	return long
}

// hunt looks for secrets, as they are and as programs dress them.
func hunt(v *verdict, where string, in []byte, canaries map[string]string) {
	for name, text := range canaries {
		if text == "" {
			continue
		}
		forms := map[string]string{"": text}
		if len(text) > 6 {
			forms[" in hex"], forms[" in base64"], forms[" in base64url"] = hex.EncodeToString([]byte(text)), strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(text)), "="), b64.EncodeToString([]byte(text))
			forms[" in a query"], forms[" in Go"] = url.QueryEscape(text), strings.Trim(strings.ReplaceAll(text, `"`, `\"`), "")
		}
		for form, look := range forms {
			if name == "code" {
				if holdsCode(in, look) {
					v.breach(where, "it holds the %s", name)
				}
			} else if bytes.Contains(in, []byte(look)) {
				v.breach(where, "it holds the %s%s", name, form)
			}
		}
	}
}

// holdsCode looks for a code where its digits are no part of a time or an id: as
// a word, and not behind the point of a second.
func holdsCode(in []byte, code string) bool {
	rest := in
	for {
		at := bytes.Index(rest, []byte(code))
		if at < 0 {
			return false
		}
		before, after := byte(' '), byte(' ')
		if at > 0 {
			before = rest[at-1]
		}
		if end := at + len(code); end < len(rest) {
			after = rest[end]
		}
		if !wordly(before) && !wordly(after) && before != '.' {
			return true
		}
		rest = rest[at+1:]
	}
}

func wordly(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
