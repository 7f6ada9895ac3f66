package mail

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	gosmtp "github.com/wneessen/go-mail/smtp"
)

func TestDelivery(t *testing.T) {
	cert, pool := newCert(t)
	_, otherPool := newCert(t)
	cases := []struct {
		name    string
		server  *sink // nil: a plain one
		client  func(*SMTP)
		tls     bool
		user    string
		problem string // "": delivered
	}{
		{name: "in the clear", client: func(s *SMTP) { s.TLS = TLSNone }},
		{name: "STARTTLS not offered", client: func(s *SMTP) { s.TLS = TLSOffered }},
		{name: "STARTTLS offered", server: &sink{cert: cert}, client: func(s *SMTP) { s.Roots = pool }, tls: true},
		{name: "STARTTLS required", server: &sink{cert: cert}, client: func(s *SMTP) { s.TLS, s.Roots = TLSRequired, pool }, tls: true},
		{name: "STARTTLS required is the zero value", client: func(s *SMTP) { s.TLS = "" }, problem: "does not support STARTTLS"},
		{name: "STARTTLS required and not offered", client: func(s *SMTP) { s.TLS = TLSRequired }, problem: "does not support STARTTLS"},
		{name: "implicit TLS", server: &sink{cert: cert, implicit: true}, client: func(s *SMTP) { s.TLS, s.Roots = TLSImplicit, pool }, tls: true},
		{name: "unknown authority, STARTTLS", server: &sink{cert: cert}, client: func(s *SMTP) { s.Roots = otherPool }, problem: "certificate"},
		{name: "unknown authority, implicit", server: &sink{cert: cert, implicit: true}, client: func(s *SMTP) { s.TLS = TLSImplicit }, problem: "certificate"},
		{
			name: "another host's certificate", server: &sink{cert: cert},
			client: func(s *SMTP) { s.Roots, s.Host = pool, "localhost" }, problem: "certificate",
		},
		{
			name: "PLAIN over TLS", server: &sink{cert: cert, mechs: []string{"PLAIN", "LOGIN"}},
			client: func(s *SMTP) { s.Roots, s.User, s.Pass = pool, sinkUser, sinkPass }, tls: true, user: sinkUser,
		},
		{
			name: "LOGIN over implicit TLS", server: &sink{cert: cert, implicit: true, mechs: []string{"LOGIN"}},
			client: func(s *SMTP) { s.TLS, s.Roots, s.User, s.Pass = TLSImplicit, pool, sinkUser, sinkPass }, tls: true, user: sinkUser,
		},
		{
			name: "PLAIN in the clear on loopback", server: &sink{mechs: []string{"PLAIN"}},
			client: func(s *SMTP) { s.User, s.Pass = sinkUser, sinkPass }, user: sinkUser,
		},
		{
			name: "wrong password", server: &sink{mechs: []string{"PLAIN"}},
			client: func(s *SMTP) { s.User, s.Pass = sinkUser, sinkPass+"x" }, problem: "535 ",
		},
		{name: "no user where one is needed", server: &sink{mechs: []string{"PLAIN"}}, problem: "530 "},
		{name: "a user where none can be told", client: func(s *SMTP) { s.User = sinkUser }, problem: "neither AUTH PLAIN nor AUTH LOGIN"},
		{name: "only a mechanism we do not speak", server: &sink{mechs: []string{"XOAUTH2"}}, client: func(s *SMTP) { s.User = sinkUser }, problem: "neither AUTH PLAIN"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			server := c.server
			if server == nil {
				server = &sink{}
			}
			client := server.start(t)
			if c.client != nil {
				c.client(&client)
			}
			if err := client.Check(); err != nil {
				t.Fatal(err)
			}
			err := client.Deliver(t.Context(), write(t, codeMessage()))
			got := server.letters()
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) || errors.Is(err, ErrRefused) || len(got) != 0 {
					t.Fatalf("got %v and %d letters, want a problem for now that says %q", err, len(got), c.problem)
				}
				if strings.Contains(err.Error(), sinkPass) {
					t.Errorf("the password is in %q", err)
				}
				return
			}
			if err != nil || len(got) != 1 {
				t.Fatalf("got %v and %d letters, want one", err, len(got))
			}
			if got[0].tls != c.tls || got[0].user != c.user {
				t.Errorf("got tls %v, user %q; want %v, %q", got[0].tls, got[0].user, c.tls, c.user)
			}
		})
	}
}

// The tests' servers are all on loopback, so this asks the mechanism itself.
func TestPasswordsStayOffTheOpenNetwork(t *testing.T) {
	for _, mech := range []string{"PLAIN", "LOGIN"} {
		l := &login{user: sinkUser, pass: sinkPass, host: "mail.example.com"}
		_, said, err := l.Start(&gosmtp.ServerInfo{Name: "mail.example.com", Auth: []string{mech}})
		if !errors.Is(err, gosmtp.ErrUnencrypted) || said != nil {
			t.Errorf("%s in the clear: got %v, want it refused", mech, err)
		}
		if _, _, err := l.Start(&gosmtp.ServerInfo{Name: "mail.example.com", TLS: true, Auth: []string{mech}}); err != nil {
			t.Errorf("%s over TLS: %v", mech, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	reply := func(code int, text string) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
	}
	cases := []struct {
		command string
		code    int
		refused bool
	}{
		{"MAIL", 451, false},
		{"MAIL", 550, false}, // it is the sender who is not liked
		{"RCPT", 450, false},
		{"RCPT", 550, true},
		{"RCPT", 530, false},
		{"DATA", 452, false},
		{"DATA", 554, true},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.command, c.code), func(t *testing.T) {
			server := &sink{answer: func(command string, _ int) error {
				if command != c.command {
					return nil
				}
				return reply(c.code, "no: <Minji.Kim@EXAMPLE.com> (minji.kim) got "+canary+" / 739 105 / 7-3-9-1-0-5\x1b[31m "+strings.Repeat("x", 400))
			}}
			err := server.start(t).Deliver(t.Context(), write(t, codeMessage()))
			if err == nil || errors.Is(err, ErrRefused) != c.refused {
				t.Fatalf("got %v, want refused: %v", err, c.refused)
			}
			text := err.Error()
			if !strings.Contains(text, fmt.Sprint(c.code)) || !strings.Contains(text, "no: <") {
				t.Errorf("%q does not tell what the server said", text)
			}
			for _, secret := range []string{canary, "739 105", "7-3-9", "inji", "@", "\x1b"} {
				if strings.Contains(text, secret) {
					t.Errorf("%q is in %q", secret, text)
				}
			}
			if got := len([]rune(text)); got > problemLimit {
				t.Errorf("got %d characters, want at most %d", got, problemLimit)
			}
		})
	}
}

// A server that says nothing must not hold a login longer than its context.
func TestAHangingServerIsLeft(t *testing.T) {
	for _, stage := range []string{"greeting", "EHLO", "MAIL", "DATA", "the end"} {
		t.Run(stage, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			server := script(t, stage, cancel)
			err := server.Deliver(ctx, write(t, codeMessage()))
			if !errors.Is(err, context.Canceled) || errors.Is(err, ErrRefused) {
				t.Errorf("got %v, want %v", err, context.Canceled)
			}
		})
	}
	t.Run("its own timeout", func(t *testing.T) {
		server := script(t, "greeting", func() {})
		server.Timeout = time.Millisecond
		err := server.Deliver(t.Context(), write(t, codeMessage()))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
	})
}

// Once the server has taken a letter nothing that follows is a failure.
func TestATakenLetterIsDelivered(t *testing.T) {
	server := script(t, "QUIT", func() {})
	if err := server.Deliver(t.Context(), write(t, codeMessage())); err != nil {
		t.Errorf("got %v, want it delivered: the server hung up after it took the letter", err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	err = SMTP{Host: "127.0.0.1", Port: port}.Deliver(t.Context(), write(t, codeMessage()))
	if err == nil || errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v, want a problem for now that says that the connection was refused", err)
	}
}

// script is a server that goes along up to a stage. There it calls reached and
// says no more; at QUIT it hangs up instead.
func script(t *testing.T, stage string, reached func()) SMTP {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { listener.Close(); <-done })
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		perform(conn, stage, reached)
	}()
	return SMTP{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: TLSNone}
}

func perform(conn net.Conn, stage string, reached func()) {
	lines := bufio.NewScanner(conn)
	verb, inData := "greeting", false
	answers := map[string]string{
		"greeting": "220 hello", "EHLO": "250 hello", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", "the end": "250 taken",
	}
	for {
		if verb == stage {
			if stage == "QUIT" {
				return
			}
			reached()
		} else if answer := answers[verb]; answer != "" && (!inData || verb == "DATA" || verb == "the end") {
			fmt.Fprintf(conn, "%s\r\n", answer)
		}
		if !lines.Scan() {
			return
		}
		verb, _, _ = strings.Cut(lines.Text(), " ")
		if inData {
			verb = ""
			if lines.Text() == "." {
				verb, inData = "the end", false
			}
		}
		inData = inData || verb == "DATA"
	}
}

func TestSettings(t *testing.T) {
	good := SMTP{Host: "mail.example.com", Port: 587}
	cases := []struct {
		name   string
		change func(*SMTP)
		want   string
	}{
		{"good", func(*SMTP) {}, ""},
		{"no host", func(s *SMTP) { s.Host = "" }, "host is missing"},
		{"no port", func(s *SMTP) { s.Port = 0 }, "port is 0"},
		{"port too high", func(s *SMTP) { s.Port = 65536 }, "port is 65536"},
		{"mode", func(s *SMTP) { s.TLS = "ssl" }, `"ssl"; it can be`},
		{"password alone", func(s *SMTP) { s.Pass = "x" }, "no user name"},
		{"timeout", func(s *SMTP) { s.Timeout = time.Minute }, "timeout is 1m0s"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := good
			c.change(&s)
			err := s.Check()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
