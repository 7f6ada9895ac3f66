package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
)

// linkLine is a link on a line of its own, as a letter shows it.
var linkLine = regexp.MustCompile(`(?m)^\s*(https?://\S+\?token=\S+)\s*$`)

// link returns the link in a letter.
func (l letter) link(t *testing.T) string {
	t.Helper()
	m := linkLine.FindStringSubmatch(l.Text)
	if m == nil {
		t.Fatalf("no line with a link in the letter:\n%s", l.Text)
	}
	u, err := url.Parse(m[1])
	if err != nil {
		t.Fatal(err)
	}
	secret(u.Query().Get("token"))
	return m[1]
}

// TestWaysBackIn: an account that strangers locked, and one whose password is
// forgotten, are opened again by what a mail server delivered and a browser
// shows. Its owner needs no header and no script.
func TestWaysBackIn(t *testing.T) {
	t.Parallel()
	office, post := openPost(t)
	s := start(t, "serve", post.with(quick()).with(env{"LOGIN_OTP": "off", "RATE_LIMITS": "off"}))
	b := browse(t)
	c := s.client()
	who, mine := c.join(t)

	guess := who
	guess.Password = "not-" + who.Password
	for range 7 {
		c.want(t, "INVALID_CREDENTIALS", "POST", "/auth/login", guess.logIn())
	}
	c.want(t, "ACCOUNT_LOCKED", "POST", "/auth/login", who.logIn())
	mine = c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn(), "x-device-token", mine.DeviceToken).grant(t)

	unlock := office.letter(t, who.Email, "was locked for new devices").link(t)
	if done := pressButton(t, b, s, unlock, ""); !strings.Contains(done, "unlocked") {
		t.Errorf("the page says %q", done)
	}
	c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn())
	if again := b.open(t, unlock).text(t); !strings.Contains(again, "expired or was used") {
		t.Errorf("the used link shows %q", again)
	}

	c.want(t, "RESET_SENT_IF_KNOWN", "POST", "/auth/password/forgot", map[string]string{"email": who.Email})
	reset := office.letter(t, who.Email, "Set a new password").link(t)
	who.Password = "another-" + who.Password
	secret(who.Password)
	if done := pressButton(t, b, s, reset, who.Password); !strings.Contains(done, "password is changed") {
		t.Errorf("the page says %q", done)
	}
	c.want(t, "SESSION_NOT_FOUND", "GET", "/auth/me", nil, mine.bearer()...)
	c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn())
	office.letter(t, who.Email, "Your password")

	disown := office.letter(t, who.Email, "A new device has logged in").link(t)
	pressButton(t, b, s, disown, "")
	c.want(t, "ACCOUNT_LOCKED", "POST", "/auth/login", who.logIn())

	for _, want := range []string{"The account is unlocked. What was counted against it is cleared.\n", "The account is not locked. What was counted against it is cleared.\n"} {
		if out, errs, code := latchkey(t, s.dir, s.env, "user", "unlock", who.Email); code != 0 || out != want {
			t.Errorf("user unlock: exit code %d, %s%s", code, out, errs)
		}
	}
	eventually(t, "the server sees that an operator unlocked the account", func() bool {
		a, err := c.send("POST", "/auth/login", who.logIn())
		return err == nil && a.Meta.Code == "LOGIN_SUCCESS"
	})
	if out, errs, code := latchkey(t, s.dir, s.env, "user", "unlock", "nobody@example.com"); code != 1 || out != "" || !strings.Contains(errs, "USER_NOT_FOUND") {
		t.Errorf("user unlock of nobody: exit code %d, %s%s", code, out, errs)
	}
	wholeRecord(t, s)
}

// pressButton opens a link as a person does, fills in the password if one is
// asked for, presses the one button, and returns what the next page says.
func pressButton(t *testing.T, b *browser, s *server, link, password string) string {
	t.Helper()
	return fillIn(t, b, s, link, "", password)
}

// fillIn is pressButton for a form that wants more: script fills in the rest.
func fillIn(t *testing.T, b *browser, s *server, link, script, password string) string {
	t.Helper()
	p := b.open(t, link)
	var buttons int
	p.run(t, `document.querySelectorAll("main button").length`, &buttons)
	if buttons != 1 {
		t.Fatalf("the page has %d buttons: %q", buttons, p.text(t))
	}
	loads := len(p.told("Page.loadEventFired"))
	var ok bool
	p.run(t, fmt.Sprintf(`(() => {
		const field = document.querySelector("input[type=password]");
		if (field) field.value = %q;
		%s;
		document.querySelector("main button").click();
		return true;
	})()`, password, script), &ok)
	eventually(t, "the next page has loaded", func() bool { return len(p.told("Page.loadEventFired")) > loads })
	if trouble := p.trouble(t, s.base); len(trouble) > 0 {
		t.Errorf("%s: %q", link[:strings.Index(link, "?")], trouble)
	}
	return p.text(t)
}

// text is what a page shows.
func (p *tab) text(t *testing.T) string {
	t.Helper()
	var text string
	p.run(t, "document.body.innerText", &text)
	return text
}

// wholeRecord verifies the record beside the running server, exports it, and
// sees that a line that somebody changed is found.
func wholeRecord(t *testing.T, s *server) {
	t.Helper()
	out, errs, code := latchkey(t, s.dir, s.env, "audit", "verify", "--json")
	var reports []struct{ Directory, Problem string }
	if err := json.Unmarshal([]byte(out), &reports); err != nil || code != 0 || len(reports) != 1 || reports[0].Problem != "" {
		t.Fatalf("audit verify: exit code %d, %s%s", code, out, errs)
	}
	out, errs, code = latchkey(t, s.dir, s.env, "audit", "export")
	for _, action := range []string{"user.sign_up", "login.failed", "user.locked", "user.unlocked", "user.password_reset", "session.disowned", "key.added"} {
		if code != 0 || !strings.Contains(out, `"action":"`+action+`"`) {
			t.Errorf("audit export: exit code %d, no %s\n%s", code, action, errs)
		}
	}
	theLog.add(out) // its lines are searched for secrets as those of the logs are

	s.stop()
	tamper(t, s.database(), `UPDATE audit_events SET reason = 'nothing' WHERE action = 'user.locked'`)
	out, errs, code = latchkey(t, s.dir, s.env, "audit", "verify")
	if code != 1 || !strings.Contains(out, "was changed") || !strings.Contains(errs, "not whole") {
		t.Errorf("audit verify of a record that was changed: exit code %d\n%s%s", code, out, errs)
	}
}

// TestDoctor: a sound deployment passes, and what is wrong is said with its mend.
func TestDoctor(t *testing.T) {
	t.Parallel()
	_, post := openPost(t)
	s := start(t, "serve", post.with(quick()))
	out, errs, code := latchkey(t, s.dir, s.env, "doctor", "--json")
	var findings []struct{ Check, Status, Finding, Mend string }
	if err := json.Unmarshal([]byte(out), &findings); err != nil || code != 0 || len(findings) < 8 {
		t.Fatalf("doctor: exit code %d, %v\n%s%s", code, err, out, errs)
	}
	if err := os.Chmod(s.database(), 0o644); err != nil { // #nosec G302 -- which is what the doctor is to find
		t.Fatal(err)
	}
	out, _, code = latchkey(t, s.dir, s.env.with(env{"SMTP_PORT": "1"}), "doctor")
	for _, word := range []string{"fail", "SMTP_PORT", "chmod"} {
		if code != 1 || !strings.Contains(out, word) {
			t.Errorf("doctor: exit code %d, no %q in\n%s", code, word, out)
		}
	}
}
