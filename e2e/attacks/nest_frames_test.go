package attacks

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestA30NestFrames: what is no frame, and what two readers could read in two
// ways, ends its connection at once, and nothing that comes after it is read;
// what is a frame is answered, once and to whom it belongs. Whatever is said,
// nobody is in whom a living session does not let in.
func TestA30NestFrames(t *testing.T) {
	t.Parallel()
	n := startNest(t, open().with(env{"LOG_LEVEL": "warn"}))
	v, c := judge(t), n.client()
	before := n.state()
	// A command behind each shows whether the connection goes on.
	const behind = `{"pattern":{"cmd":"tenant.validate"},"data":"default","id":"behind"}`
	each(badFrames(), func(bad badFrame) {
		bodies, err := n.says(t, frame(packet("tenant.validate", "default", "first"))+bad.say+frame(behind))
		if err != nil || len(idsOf(bodies, "first")) != 1 {
			v.breach(bad.name, "the frame before it is answered by %.200q, %v", bodies, err)
		}
		if more := append(idsOf(bodies, "bad"), idsOf(bodies, "behind")...); len(more) > 0 {
			v.breach(bad.name, "it does not end the connection: %.300q", more[0])
		}
	})
	each(oddFrames(), func(odd oddFrame) {
		bodies, err := n.says(t, frame(odd.body)+frame(behind))
		goesOn := len(idsOf(bodies, "behind")) == 1
		bodies = slices.DeleteFunc(bodies, func(body []byte) bool { return bytes.Contains(body, []byte(`"id":"behind"`)) })
		if err != nil || !goesOn || len(bodies) != min(len(odd.want), 1) || len(bodies) == 1 && !bytes.Contains(bodies[0], []byte(odd.want)) {
			v.breach(odd.name, "it is answered by %.300q, %v, want %q; the connection goes on: %v", bodies, err, odd.want, goesOn)
		}
	})
	if n.state() != before {
		v.breach("all of it", "users, sessions or tickets have changed")
	}
	halves(v, n)
	interleaved(t, v, n)
	p := n.peer(t)
	forgedUsers(t, v, n, p, c)
	replayed(t, v, n, p)
	n.sane(v)
}

// idsOf are the answers with that id.
func idsOf(bodies [][]byte, id string) (found [][]byte) {
	for _, body := range bodies {
		if bytes.Contains(body, []byte(`"id":"`+id+`"`)) {
			found = append(found, body)
		}
	}
	return found
}

type badFrame struct{ name, say string }

// badFrames are what ends a connection (NEST-TCP.md, odd input).
func badFrames() (all []badFrame) {
	const good = `{"pattern":{"cmd":"tenant.validate"},"data":"default","id":"bad"}`
	for _, head := range []string{
		"0#", "00#", "-1#", "-0#", "+65#", " 65#", "65 #", "6 5#", "65.0#", "6.5e1#", "0x41#", "65h#", "\u0666\u0665#", "#", "##", "65##", "65\x00#", "\n65#", "65\r\n#", "\ufeff65#", "NaN#", "Infinity#", "null#",
		"4294967296#", "4294967361#", "18446744073709551681#", "9223372036854775808#", "999999999#", "4000000000#", "262145#", strings.Repeat("0", 20) + "65#", strings.Repeat("9", 100_000) + "#", "65", "65;", "65%23",
	} {
		all = append(all, badFrame{fmt.Sprintf("length %.30q", head), head + good})
	}
	for name, body := range map[string]string{
		"no JSON": "{bad", "cut": `{"pattern":{"cmd":"tenant.validate"},"data":"default","id":"b`, "trailing data": good + `{}`, "trailing comma": good[:len(good)-1] + ",}", "comment": good[:len(good)-1] + "/*x*/}",
		"list": "[" + good + "]", "text": `"x"`, "number": "1", "null": "null", "true": "true", "space": " ", "NUL": "\x00", "BOM": "\ufeff" + good, "NaN": `{"pattern":"tenant.validate","data":NaN,"id":"bad"}`,
		"two patterns": `{"pattern":"x","pattern":{"cmd":"tenant.validate"},"data":"default","id":"bad"}`, "two data": `{"pattern":{"cmd":"tenant.validate"},"data":"default","data":"default","id":"bad"}`,
		"two ids": `{"pattern":{"cmd":"tenant.validate"},"data":"default","id":"bad","id":"worse"}`, "pattern in escapes": `{"p\u0061ttern":{"cmd":"tenant.validate"},"data":"default","id":"bad"}`,
		"id in escapes": `{"pattern":{"cmd":"tenant.validate"},"data":"default","\u0069d":"bad"}`, "an id of 10 kB": `{"pattern":{"cmd":"tenant.validate"},"data":"default","id":"` + strings.Repeat("x", 10_000) + `"}`,
		"an id that is a list of 10 kB": `{"pattern":{"cmd":"tenant.validate"},"data":"default","id":[` + strings.Repeat("1,", 5_000) + `1]}`, "an id of 129 bytes": `{"pattern":{"cmd":"tenant.validate"},"data":"default","id":"` + strings.Repeat("x", 127) + `"}`,
		"control character": "{\"pattern\":\"a\nb\",\"id\":\"bad\"}", "id, 100,000 deep": `{"pattern":{"cmd":"tenant.validate"},"id":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
		"100,000 deep, not closed": `{"pattern":` + strings.Repeat("[", 100_000) + `}`, "deep and crossed": `{"pattern":` + strings.Repeat("[{", 20) + strings.Repeat("]}", 20) + `,"id":"bad"}]`,
	} {
		all = append(all, badFrame{name, frame(body)})
	}
	for name, say := range map[string]string{
		"not UTF-8": "40#{\"pattern\":\"\xff\xfe\",\"id\":\"bad\"}" + strings.Repeat(" ", 20), "overlong": "40#{\"pattern\":\"\xc0\xae\",\"id\":\"bad\"}" + strings.Repeat(" ", 20), "a surrogate in UTF-8": "40#{\"pattern\":\"\xed\xa0\x80\",\"id\":\"bad\"}" + strings.Repeat(" ", 20),
		"a length that splits a surrogate pair": "13#{\"pattern\":\"\U0001f511\",\"id\":\"bad\"}", "bytes for units": fmt.Sprintf("%d#", len(`{"pattern":"열쇠","id":"bad"}`)) + `{"pattern":"열쇠","id":"bad"}`,
		"a length one too short": fmt.Sprintf("%d#%s", len(good)-1, good), "a length one too long": fmt.Sprintf("%d#%s", len(good)+1, good), "HTTP": "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP with a body": "POST / HTTP/1.1\r\nContent-Length: 65\r\n\r\n" + frame(good),
		"TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "a line between": "\n", "a space between": " ", "a NUL between": "\x00", "Redis": "*1\r\n$4\r\nPING\r\n", "only digits": strings.Repeat("1", 1<<20),
	} {
		all = append(all, badFrame{name, say})
	}
	return all
}

// An oddFrame is in order, whatever its packet is; "" wants no answer.
type oddFrame struct{ name, body, want string }

const (
	noHandlerHere = "There is no matching message handler defined in the remote service."
	tooDeepHere   = "nested too deeply"
)

func oddFrames() (all []oddFrame) {
	for _, n := range []int{33, 3_000, 100_000} {
		objects := min(n, 30_000) // more do not go into a frame
		for name, deep := range map[string]string{
			"lists": strings.Repeat("[", n) + strings.Repeat("]", n), "objects": strings.Repeat(`{"":`, objects) + "1" + strings.Repeat("}", objects),
		} {
			name = fmt.Sprintf("%d deep %s", n, name)
			all = append(all,
				oddFrame{name + " as pattern", `{"pattern":` + deep + `,"data":"default","id":"odd"}`, tooDeepHere},
				oddFrame{name + " as cmd", `{"pattern":{"cmd":` + deep + `},"data":"default","id":"odd"}`, tooDeepHere},
				oddFrame{name + " as data", `{"pattern":{"cmd":"tenant.validate"},"data":` + deep + `,"id":"odd"}`, tooDeepHere},
				oddFrame{name + " in data", `{"pattern":{"cmd":"auth.login"},"data":{"email":` + deep + `,"password":"x"},"id":"odd"}`, tooDeepHere},
				oddFrame{name + " beside", `{"pattern":{"cmd":"tenant.validate"},"data":"default","x":` + deep + `,"id":"odd"}`, tooDeepHere},
				oddFrame{name + " as an event", `{"pattern":"tenant.softDelete","data":` + deep + `}`, ""},
				oddFrame{name + " in a text", `{"pattern":` + string(quoted(`{"cmd":`+deep+`}`)) + `,"data":"default","id":"odd"}`, noHandlerHere},
			)
		}
	}
	for _, pattern := range []string{
		`null`, `1`, `true`, `""`, `[]`, `["tenant.validate"]`, `{}`, `{"cmd":null}`, `{"cmd":1}`, `{"cmd":["tenant.validate"]}`, `{"cmd":{"cmd":"tenant.validate"}}`, `{"Cmd":"tenant.validate"}`, `{"cmd":"tenant.validate","x":1}`,
		`{"cmd":"tenant.validate","cmd":"tenant.validate"}`, `{"c\u006dd":"tenant.validate"}`, `{"cmd":"tenant.validate "}`, `{"cmd":"Tenant.validate"}`, `{"cmd":"tenant.*"}`, `{"cmd":"__proto__"}`, `{"cmd":"toString"}`, `{"event":"tenant.validate"}`,
		`"{\"cmd\":\"tenant.validate\""`, `"{\"cmd\":\"tenant.validate\",\"cmd\":\"tenant.validate\"}"`, `"\"tenant.validate\""`, `"get_auth"`, `{"cmd":"` + strings.Repeat("x", 100_000) + `"}`,
	} {
		all = append(all, oddFrame{fmt.Sprintf("pattern %.60s", pattern), `{"pattern":` + pattern + `,"data":"default","id":"odd"}`, noHandlerHere})
	}
	for _, id := range []string{`null`, `0`, `-1e99`, `true`, `[]`, `{}`, `{"__proto__":1}`, `""`, `"\u0000"`, `"\ud83d"`, `"` + strings.Repeat("x", 126) + `"`} {
		all = append(all, oddFrame{"id " + id, `{"pattern":{"cmd":"tenant.validate"},"data":"default","id":` + id + `}`, `"id":` + id + `}`})
	}
	return append(all,
		oddFrame{"no pattern", `{"data":"default","id":"odd"}`, noHandlerHere}, oddFrame{"Pattern", `{"Pattern":{"cmd":"tenant.validate"},"data":"default","id":"odd"}`, noHandlerHere},
		oddFrame{"Pattern beside pattern", `{"Pattern":{"cmd":"tenant.softDelete"},"pattern":{"cmd":"tenant.validate"},"data":"default","id":"odd"}`, "TENANT_VALID"},
		oddFrame{"Data beside data", `{"pattern":{"cmd":"tenant.validate"},"Data":"x","data":"default","DATA":"y","id":"odd"}`, `"valid":true`},
		oddFrame{"an Id is none", `{"pattern":{"cmd":"tenant.validate"},"data":"default","Id":"odd"}`, ""}, oddFrame{"an ID is none", `{"pattern":{"cmd":"tenant.softDelete"},"data":"default","ID":"odd"}`, ""},
		oddFrame{"an event", `{"pattern":"{\"cmd\":\"tenant.softDelete\"}","data":"default"}`, ""}, oddFrame{"an event of nothing", `{}`, ""}, oddFrame{"an answer", `{"response":1,"isDisposed":true}`, ""},
		oddFrame{"an answer with an id", `{"response":{"meta":{"code":"TENANT_VALID"}},"err":1,"isDisposed":true,"id":"odd"}`, noHandlerHere},
		oddFrame{"no data", `{"pattern":{"cmd":"auth.login"},"id":"odd"}`, "VALIDATION_FAILED"}, oddFrame{"leading zeros in the length are a number", `{"pattern":{"cmd":"tenant.validate"},"data":"default","id":"odd"}`, "TENANT_VALID"},
	)
}

// halves: a frame that does not come to its end did not come at all, wherever it
// is broken off.
func halves(v *verdict, n *nest) {
	whole := frame(packet("tenant.create", fields{"name": "half", "displayName": "열쇠 🔑"}, "half"))
	var cuts []int
	for i := range len(whole) {
		cuts = append(cuts, i)
	}
	each(cuts, func(at int) {
		if bodies, err := n.says(v.t, whole[:at]); err != nil || len(bodies) > 0 {
			v.breach(fmt.Sprintf("half a frame, %d bytes", at), "it is answered by %.200q, %v", bodies, err)
		}
	})
	if found := n.rows("SELECT slug FROM tenants WHERE slug = 'half'"); len(found) > 0 {
		v.breach("half a frame", "the tenant is there")
	}
}

// interleaved: of fifty connections whose frames come a byte at a time in turns,
// and of many requests on one, everybody has the answer to what he asked.
func interleaved(t *testing.T, v *verdict, n *nest) {
	t.Helper()
	conns, frames := make([]net.Conn, 50), make([]string, 50)
	for i := range conns {
		conns[i] = n.enter(t)
		frames[i] = frame(packet("tenant.create", fields{"name": fmt.Sprintf("turn-%d", i), "displayName": fmt.Sprintf("열쇠 🔑 %d", i)}, fmt.Sprintf("turn-%d", i)))
	}
	for at := range len(frames[49]) {
		for i, conn := range conns {
			if at >= len(frames[i]) {
				continue
			}
			if _, err := conn.Write([]byte{frames[i][at]}); err != nil {
				t.Fatalf("connection %d: %v", i, err)
			}
		}
	}
	for i, conn := range conns {
		body, err := readFrame(bufio.NewReader(conn))
		if want := fmt.Sprintf(`"name":"turn-%d"`, i); err != nil || !bytes.Contains(body, []byte(want)) || !bytes.Contains(body, fmt.Appendf(nil, `"id":"turn-%d"`, i)) {
			v.breach("frames in turns", "connection %d: %.300q, %v, want %s", i, body, err, want)
		}
		conn.Close()
	}
	p, asked := n.peer(t), make([]<-chan answer, 3000)
	for i := range asked {
		var err error
		if asked[i], err = p.send("tenant.findByName", fmt.Sprintf("turn-%d", i%50)); err != nil {
			t.Fatal(err)
		}
	}
	for i, to := range asked {
		if a, want := <-to, fmt.Sprintf(`"name":"turn-%d"`, i%50); !bytes.Contains(a.body, []byte(want)) {
			v.breach("many requests on one connection", "request %d: %.300q, want %s", i, a.body, want)
		}
	}
}

// forgedUsers: a req.user that no living session stands behind is nobody, whatever
// else it claims.
func forgedUsers(t *testing.T, v *verdict, n *nest, p *peer, c *client) {
	t.Helper()
	_, one := c.join(t)
	_, two := c.join(t)
	_, gone := c.join(t)
	c.want(t, "LOGGED_OUT", post("/auth/logout", nil, gone.bearer()...))
	p.want("SESSIONS_RETRIEVED", "auth.sessions", spread(nil, "default", one.user(one.User.ID, "default")))
	before := n.state()
	users := []any{
		fields{}, []any{}, "admin", 1, true, fields{"sub": one.User.ID}, fields{"sid": one.SessionID}, fields{"sub": one.User.ID, "sid": one.SessionID}, fields{"sub": one.User.ID, "tenantId": "default"},
		one.user(two.User.ID, "default"), two.user(one.User.ID, "default"), gone.user(gone.User.ID, "default"), one.user("", "default"), one.user("*", "default"), one.user(one.User.ID, ""), one.user(one.User.ID, "nowhere"), one.user(one.User.ID, "DEFAULT"),
		fields{"sub": one.User.ID, "sid": "", "tenantId": "default"}, fields{"sub": one.User.ID, "sid": "01890000-0000-7000-8000-000000000001", "tenantId": "default"}, fields{"sub": []string{one.User.ID}, "sid": one.SessionID, "tenantId": "default"},
		fields{"sub": one.User.ID, "sid": strings.ToUpper(one.SessionID), "tenantId": "default"}, fields{"sub": strings.ToUpper(one.User.ID), "sid": one.SessionID, "tenantId": "default"}, fields{"sub": one.User.ID, "sid": one.SessionID + " ", "tenantId": "default"},
		fields{"sub": one.User.ID, "sid": one.SessionID + "\x00", "tenantId": "default"}, fields{"Sub": one.User.ID, "SID": one.SessionID, "tenantid": "default"}, fields{"sub": one.User.ID, "sid": fields{"$ne": ""}, "tenantId": "default"},
		fields{"id": one.User.ID, "userId": one.User.ID, "sessionId": one.SessionID, "tenantId": "default", "role": "admin"}, fields{"sub": one.User.ID, "sid": one.SessionID[:len(one.SessionID)-1], "tenantId": "default", "role": "admin", "operator": true},
	}
	for _, user := range users {
		for command, body := range map[string]fields{
			"auth.sessions": nil, "auth.logoutAll": nil, "auth.logoutSession": {"sessionId": one.SessionID}, "auth.changeUserRole": {"userId": one.User.ID, "newRole": "admin"}, "auth.refresh": {"refreshToken": one.RefreshToken},
			"auth.get-current-user": nil, "auth.session.validate": {"userId": one.User.ID, "sid": one.SessionID},
		} {
			for _, token := range []string{"", "x", "null", one.RefreshToken} {
				all := copied(body)
				if token != "" {
					all["token"] = token
				}
				if a := p.must(command, spread(all, "default", user)); a.good || a.Meta.Code == "INTERNAL_ERROR" || a.Meta.Code == "FORBIDDEN" {
					v.breach(fmt.Sprintf("%s for req.user %v, token %.4q", command, user, token), "%v", a)
				}
			}
		}
	}
	if n.state() != before {
		v.breach("forged users", "users, sessions or tickets have changed")
	}
}

// replayed: the very bytes again do no more than they did.
func replayed(t *testing.T, v *verdict, n *nest, p *peer) {
	t.Helper()
	p.want("TENANT_CREATED", "tenant.create", fields{"name": "coded", "displayName": "Coded"})
	n.exec(t, `UPDATE tenants SET policy = '{"otp":"email"}' WHERE slug = 'coded'`)
	n.stop()
	n.launch() // tenants are kept in memory
	one := newPerson()
	p = n.peer(t)
	p.want("USER_CREATED", "auth.signup", spread(fields{"name": one.Name, "email": one.Email, "password": one.Password}, "coded", nil))
	pending := p.want("OTP_SENT", "auth.login", spread(fields{"email": one.Email, "password": one.Password}, "coded", nil)).grant()
	again := func(command string, data any, first string, next ...string) answer {
		say := frame(packet(command, data, "replay"))
		bodies, err := n.says(t, say)
		if err != nil || len(bodies) != 1 {
			t.Fatalf("%s: %d answers, %v", command, len(bodies), err)
		}
		a, err := readAnswer(bodies[0])
		if err != nil || a.Meta.Code != first {
			t.Fatalf("%s: %v, %v, want %s", command, a, err, first)
		}
		bodies, err = n.says(t, strings.Repeat(say, 20))
		if err != nil || len(bodies) != 20 {
			v.breach("replay of "+command, "%d answers, %v", len(bodies), err)
		}
		for _, body := range bodies {
			if b, err := readAnswer(body); err != nil || !strings.Contains(strings.Join(next, " "), b.Meta.Code) || b.good && b.grant().RefreshToken != a.grant().RefreshToken {
				v.breach("replay of "+command, "%v, %v, want %v", b, err, next)
			}
		}
		return a
	}
	g := again("auth.verifyOtp", spread(fields{"loginId": pending.LoginID, "otp": n.code(t, one.Email)}, "coded", nil), "LOGIN_SUCCESS", "OTP_EXPIRED_OR_INVALID").grant()
	user := g.user(g.User.ID, "coded")
	again("auth.refresh", spread(fields{"refreshToken": g.RefreshToken}, "coded", user), "TOKENS_REFRESHED", "TOKENS_REFRESHED") // the very same, for ten seconds (CONTRACT.md §7)
	again("auth.signup", spread(fields{"name": one.Name, "email": "x" + one.Email, "password": one.Password}, "coded", nil), "USER_CREATED", "DUPLICATE_ENTRY")
	if got := n.one(t, "SELECT count(*) FROM sessions WHERE user_id = '"+g.User.ID+"'"); got != "1" {
		v.breach("replays", "there are %s sessions, want one", got)
	}
	again("auth.logoutSession", spread(fields{"sessionId": g.SessionID}, "coded", user), "SESSION_REVOKED", "SESSION_NOT_FOUND")
}

// hangsUp: the server ends the connection, and does not wait for more.
func hangsUp(conn net.Conn) error {
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return nil
}
