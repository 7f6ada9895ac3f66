package attacks

import (
	"strings"
	"testing"
	"unicode"
)

// TestA28LogInjection: whatever a request holds, what it leaves in the log is
// one line of JSON for one event, with nothing in it that a terminal obeys.
func TestA28LogInjection(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "text"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			s := start(t, open().with(env{"LOG_FORMAT": format, "TRUSTED_PROXIES": "127.0.0.1"}))
			v, c := judge(t), s.client()
			_, g := c.join(t)
			sent := 0
			for _, payload := range linePayloads {
				for _, q := range loggable(payload, g) {
					if _, err := c.do(q); err == nil {
						sent++
					}
				}
				for _, say := range []string{
					"GET /" + strings.NewReplacer(" ", "%20", "\r", "%0d", "\n", "%0a").Replace(payload[:min(len(payload), 2000)]) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
					strings.Map(func(r rune) rune {
						if r == ' ' || r < 0x20 {
							return 'X'
						}
						return r
					}, payload[:min(len(payload), 50)]) + " /auth/me HTTP/1.1\r\nHost: localhost\r\n\r\n",
					wire("GET /auth/me", "User-Agent: "+payload), wire("GET /auth/me", payload+": x"), wire("GET /auth/me", "Host: "+payload),
				} {
					s.raw(t, say)
				}
			}
			if sent < 100 {
				t.Errorf("%d requests were answered, want 100", sent)
			}
			s.stop()
			judgeLines(v, s.stderr.String(), format, sent)
		})
	}
}

// linePayloads end a line, colour it, turn it round, close a string or fill a
// disk. Each holds a line that would be an event.
var linePayloads = []string{
	"x\n" + fakeEvent, "x\r" + fakeEvent, "x\r\n" + fakeEvent, "x\\n" + fakeEvent, "x%0a" + fakeEvent, "x\u2028" + fakeEvent, "x\u2029" + fakeEvent, "x\u0085" + fakeEvent, "x\v" + fakeEvent, "x\f" + fakeEvent,
	"\x1b[2J\x1b[31m" + fakeEvent, "\x1b]0;owned\x07", "\u009b31m", "x\x00" + fakeEvent, "x\x08\x08\x08", "\x7f\x7f", `","msg":"forged","x":"`, `"}` + fakeEvent, `\"}`, `\`, "'", "%s%n%v%!", "msg=forged level=ERROR",
	"\u202egnol\u202c", "\ufeffx", "x\xff\xfe", strings.Repeat("A", 10<<10), strings.Repeat("\\\"\n", 3<<10), strings.Repeat("B", 1<<20),
}

const fakeEvent = `{"time":"2026-01-01T00:00:00Z","level":"INFO","msg":"forged"}`

// loggable has the payload in every place that a log line, an audit event or a
// metric may be made from.
func loggable(payload string, g grant) (all []request) {
	for _, name := range []string{"User-Agent", "X-Request-Id", "X-Tenant-Id", "X-Space-Id", "X-Forwarded-For", "Origin", "Referer", "X-Device-Token", "Sec-Fetch-Site", "X-Token-Delivery"} {
		all = append(all, get("/auth/me", append(g.bearer(), name, payload)...), post("/auth/refresh", fields{"refreshToken": "x"}, name, payload))
	}
	return append(all,
		post("/auth/login", fields{"email": payload, "password": "wrong-orbit-harbour", "deviceName": "x"}),
		post("/auth/login", fields{"email": "a@example.com", "password": "wrong-orbit-harbour", "deviceName": payload}),
		post("/auth/login", fields{payload: payload}),
		post("/auth/sign-up", fields{"name": payload, "email": payload, "password": payload, "username": payload, "mobile": payload, "spaceId": payload}),
		post("/auth/login/verify", fields{"loginId": payload, "otp": payload}),
		post("/auth/logout/session", fields{"sessionId": payload}, g.bearer()...),
		post("/auth/refresh", payload), get("/auth/me", "Authorization", payload), get("/auth/me", "Cookie", "accessToken="+payload),
	)
}

// judgeLines counts events, and looks at every letter of them.
func judgeLines(v *verdict, log, format string, sent int) {
	requests := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(log, "\n"), "\n") {
		event, broken := events(line)
		if format == "json" && len(broken) > 0 {
			v.breach("a line", "it is no JSON: %.200q", line)
		}
		if format == "text" && !strings.HasPrefix(line, "time=") && !greeting.MatchString(line) {
			v.breach("a line", "it begins with no time: %.200q", line)
		}
		if strings.Contains(line, "msg=request") || len(event) > 0 && event[0]["msg"] == "request" {
			requests++
		}
		if format == "json" && len(event) > 0 && event[0]["msg"] == "forged" || format == "text" && strings.Contains(line, " msg=forged") {
			v.breach("a line", "it is the client's: %.200q", line)
		}
		if strings.ContainsFunc(line, func(r rune) bool {
			return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
		}) {
			v.breach("a line", "a terminal would obey it: %.300q", line)
		}
		if len(line) > 8<<10 {
			v.breach("a line", "it has %d bytes", len(line))
		}
	}
	if requests < sent {
		v.breach("the log", "%d requests, %d events", sent, requests)
	}
}
