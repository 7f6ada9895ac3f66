package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestServeNeedsAWayToSendMail(t *testing.T) {
	t.Parallel()
	out, errs, code := latchkey(t, t.TempDir(), nil, "serve")
	if code != 2 || out != "" || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "SMTP_HOST: is not set") {
		t.Errorf("exit code %d, printed %q and %q; want 2 and one line about SMTP_HOST", code, out, errs)
	}
}

func TestServeMailsWelcomeAndCode(t *testing.T) {
	t.Parallel()
	office, smtp := openPost(t)
	s := start(t, "serve", quick().with(smtp).with(env{"EMAIL_FROM": "Door <door@example.org>", "APP_NAME": "Daylight"}))
	c, p := s.client(), newPerson()
	c.want(t, "USER_CREATED", "POST", "/auth/sign-up", p.signUp())
	welcome := office.letter(t, p.Email, "Welcome to")
	g := c.want(t, "OTP_SENT", "POST", "/auth/login", p.logIn()).grant(t)
	mailed := office.letter(t, p.Email, "login code")
	code := mailed.code(t)
	for _, l := range []letter{welcome, mailed} {
		if l.From != "door@example.org" || !strings.Contains(l.Subject, "Daylight") {
			t.Errorf("from %q about %q, want door@example.org about Daylight", l.From, l.Subject)
		}
		if !strings.Contains(l.Text, p.Name) || !strings.Contains(l.HTML, p.Name) || !strings.Contains(l.HTML, "<html") {
			t.Errorf("text and HTML do not both greet %s:\n%s\n%s", p.Name, l.Text, l.HTML)
		}
	}
	if !strings.Contains(mailed.HTML, code) {
		t.Error("the HTML part does not hold the code of the text part")
	}
	if strings.Contains(welcome.Text+welcome.HTML, p.Password) {
		t.Error("the welcome mail holds the password")
	}
	c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login/verify", map[string]string{"loginId": g.LoginID, "otp": code})
	c.want(t, "OTP_EXPIRED_OR_INVALID", "POST", "/auth/login/verify", map[string]string{"loginId": g.LoginID, "otp": code})
}

func TestServeMailsKorean(t *testing.T) {
	t.Parallel()
	office, smtp := openPost(t)
	s := start(t, "serve", quick().with(smtp).with(env{"MAIL_LANGUAGE": "ko"}))
	c, p := s.client(), newPerson()
	p.Name = "김하늘"
	c.want(t, "USER_CREATED", "POST", "/auth/sign-up", p.signUp())
	if l := office.letter(t, p.Email, "가입을 환영합니다"); !strings.Contains(l.Text, "김하늘님, 안녕하세요.") || !strings.Contains(l.HTML, `lang="ko"`) {
		t.Errorf("not in Korean:\n%s\n%s", l.Text, l.HTML)
	}
	g := c.want(t, "OTP_SENT", "POST", "/auth/login", p.logIn()).grant(t)
	code := office.letter(t, p.Email, "로그인 코드").code(t)
	c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login/verify", map[string]string{"loginId": g.LoginID, "otp": code})
}

// TestServeMailsOverTLS: STARTTLS and AUTH with a server whose certificate the
// system trusts; nothing at all is told to one that it does not trust.
func TestServeMailsOverTLS(t *testing.T) {
	t.Parallel()
	authority, cert := certificate(t)
	office := &postOffice{cert: &cert, user: "relay", pass: "brass-anchor-77-relay"}
	secret(office.pass)
	port := freePort(t)
	office.open(t, port)
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	tls := quick().with(env{
		"SMTP_HOST": "localhost", "SMTP_PORT": strconv.Itoa(port), "SMTP_REQUIRE_TLS": "true",
		"SMTP_USER": office.user, "SMTP_PASS": office.pass,
	})

	trusting := start(t, "serve", tls.with(env{"SSL_CERT_FILE": roots}))
	c, p := trusting.client(), newPerson()
	c.want(t, "USER_CREATED", "POST", "/auth/sign-up", p.signUp())
	c.want(t, "OTP_SENT", "POST", "/auth/login", p.logIn())
	if l := office.letter(t, p.Email, "login code"); !l.TLS || l.User != office.user {
		t.Errorf("delivered with TLS %t as %q, want TLS as %q", l.TLS, l.User, office.user)
	} else {
		l.code(t)
	}
	office.letter(t, p.Email, "Welcome to")

	wary := start(t, "serve", tls.with(env{"SSL_CERT_FILE": "/dev/null", "SSL_CERT_DIR": t.TempDir()}))
	c, p = wary.client(), newPerson()
	c.want(t, "USER_CREATED", "POST", "/auth/sign-up", p.signUp())
	c.want(t, "OTP_SEND_FAILED", "POST", "/auth/login", p.logIn())
}

// TestServeOutlivesItsMailServer: with no mail server there a login says so; the
// welcome mail waits, also while the service is restarted.
func TestServeOutlivesItsMailServer(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := start(t, "serve", quick().with(smtpAt(port)))
	c, p := s.client(), newPerson()
	c.want(t, "USER_CREATED", "POST", "/auth/sign-up", p.signUp())
	a := c.want(t, "OTP_SEND_FAILED", "POST", "/auth/login", p.logIn())
	if a.HTTPStatus != 503 {
		t.Errorf("status %d, want 503", a.HTTPStatus)
	}
	eventually(t, "the welcome mail was tried and kept", func() bool {
		return len(texts(t, s.database(), "SELECT id FROM outbox WHERE attempts > 0")) == 1
	})
	s.stop()
	office := new(postOffice)
	office.open(t, port)
	s.launch()
	s.await()
	g := c.want(t, "OTP_SENT", "POST", "/auth/login", p.logIn()).grant(t)
	code := office.code(t, p.Email)
	c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login/verify", map[string]string{"loginId": g.LoginID, "otp": code})
	office.letter(t, p.Email, "Welcome to")
}

// TestServeDoesNotWaitForAMailServerThatHangs: the answer comes before the
// server's own limit for an answer cuts the connection.
func TestServeDoesNotWaitForAMailServerThatHangs(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	go hold(silent)
	s := start(t, "serve", quick().with(smtpAt(silent.Addr().(*net.TCPAddr).Port)))
	c, p := s.client(), newPerson()
	c.want(t, "USER_CREATED", "POST", "/auth/sign-up", p.signUp())
	c.want(t, "OTP_SEND_FAILED", "POST", "/auth/login", p.logIn())
}

// hold takes connections and never says anything, until the listener closes.
func hold(l net.Listener) {
	var held []net.Conn
	defer func() {
		for _, c := range held {
			c.Close()
		}
	}()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		held = append(held, c)
	}
}
