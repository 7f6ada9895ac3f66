package e2e

import (
	"strings"
	"testing"
	"time"
)

// spent asks by program until it is too often, and goes on until the test ends: a
// limit that is full by the second would let a page through that comes late.
func spent(t *testing.T, c *client, method, path string, body any) {
	t.Helper()
	eventually(t, path+" is limited", func() bool {
		a, err := c.send(method, path, body)
		for range 300 {
			if err != nil || a.Meta.Code == "RATE_LIMITED" {
				break
			}
			a, err = c.send(method, path, body)
		}
		return err == nil && a.Meta.Code == "RATE_LIMITED"
	})
	over, gone := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(over); <-gone })
	go func() {
		defer close(gone)
		for {
			select {
			case <-over:
				return
			case <-time.After(50 * time.Millisecond):
				_, _ = c.send(method, path, body) // whatever comes of it
			}
		}
	}()
}

// TestPagesTooOften: forms that anybody can send are not sent as often as anybody
// likes, and a code is not tried for ever.
func TestPagesTooOften(t *testing.T) {
	t.Parallel()
	b, s := browse(t), start(t, "dev", quick())
	c, who := s.client(), newPerson()
	c.want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
	const often = "That was too often. Try again in"

	t.Run("a code", func(t *testing.T) {
		p := b.read(t, s, "/auth/account/login")
		p.fill(t, "who", who.Email, "password", who.Password)
		p.press(t, "Log in")
		p.shows(t, "Enter the code")
		wrong := "000000"
		if s.devCode(t, who.Email) == wrong {
			wrong = "000001"
		}
		for left := range 4 {
			p.leaving(t, func() { p.fill(t, "code", wrong) })
			p.shows(t, "That is not the code. You have "+string(rune('4'-left))+" tries left")
		}
		p.leaving(t, func() { p.fill(t, "code", wrong) })
		p.shows(t, "The code is too old or was tried too often. Log in once more to get a new one.")
		p.look(t, "code-gone")
		p.quiet(t)
	})
	for name, form := range map[string]struct {
		page, button, path string
		fill               []string
		body               any
	}{
		"forgot":  {"forgot", "Send the link", "/auth/password/forgot", []string{"email", who.Email}, dict{"email": "nobody@example.com"}},
		"unlock":  {"unlock", "Send the link", "/auth/unlock/request", []string{"email", who.Email}, dict{"email": "nobody@example.com"}},
		"sign-up": {"sign-up", "Make an account", "/auth/sign-up", []string{"name", "Ann Lee", "email", "ann@example.com", "password", who.Password}, dict{}},
		"login": {"login", "Log in", "/auth/login", []string{"who", "nobody@example.com", "password", who.Password},
			dict{"email": "nobody@example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := b.read(t, s, "/auth/account/"+form.page)
			spent(t, c, "POST", form.path, form.body)
			p.fill(t, form.fill...)
			p.press(t, form.button)
			p.shows(t, often)
			p.look(t, form.page+"-too-often")
			p.quiet(t)
		})
	}
}

// TestPagesCodesResent: a page offers another code as often as one is mailed.
func TestPagesCodesResent(t *testing.T) {
	t.Parallel()
	b, s := browse(t), start(t, "dev", quick().with(env{"RATE_LIMITS": "on"}))
	who := newPerson()
	s.client().want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
	p := b.read(t, s, "/auth/account/login")
	p.fill(t, "who", who.Email, "password", who.Password)
	p.press(t, "Log in")
	p.shows(t, "Enter the code")
	sent := 0 // a redirect that is not followed has no status
	for ; sent < 20 && p.posts(t, "/auth/account/code/resend", "") == 0; sent++ {
	}
	if sent == 0 || sent == 20 {
		t.Fatalf("another code was sent %d times", sent)
	}
	p.run(t, `document.querySelector("button[data-wait]").disabled = false`, new(any))
	p.press(t, "Send another code")
	p.shows(t, "That was too often. Try again in", "Enter the code")
	p.look(t, "code-resent-too-often")
	p.leaving(t, func() { p.fill(t, "code", s.devCode(t, who.Email)) }) // the newest still works
	p.shows(t, "This device")
}

// TestPagesBusy: who cannot be let in for want of time to check the password is
// told to come again, and keeps what was typed.
func TestPagesBusy(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off", "PASSWORD_SALT_ROUNDS": "15"})) // seconds a hash
	c := s.client()
	over, gone := make(chan struct{}), make(chan struct{}, 8)
	for range cap(gone) {
		who := newPerson().logIn() // another each: tries at one name wait for each other
		go func() {
			defer func() { gone <- struct{}{} }()
			for {
				select {
				case <-over:
					return
				default:
					if a, err := c.send("POST", "/auth/login", who); err != nil || a.Meta.Code == "OVERLOADED" {
						time.Sleep(20 * time.Millisecond)
					}
				}
			}
		}()
	}
	t.Cleanup(func() {
		close(over)
		for range cap(gone) {
			<-gone
		}
	})
	for page, form := range map[string]struct {
		button string
		fill   []string
	}{
		"login":   {"Log in", []string{"who", "ann@example.com", "password", newPerson().Password}},
		"sign-up": {"Make an account", []string{"name", "Ann Lee", "email", "ann@example.com", "password", newPerson().Password}},
	} {
		p := b.read(t, s, "/auth/account/"+page)
		eventually(t, "the service is busy", func() bool {
			p.fill(t, form.fill...)
			p.press(t, form.button)
			return strings.Contains(p.text(t), "a lot going on")
		})
		p.holds(t, form.fill[0], form.fill[1])
		p.look(t, page+"-busy")
	}
}

// TestPagesPeek: what is typed as a password is shown to who asks for it.
func TestPagesPeek(t *testing.T) {
	t.Parallel()
	b, s := browse(t), start(t, "dev", quick())
	p := b.read(t, s, "/auth/account/login")
	kind := func(want string) {
		t.Helper()
		var got string
		if p.run(t, `document.getElementById("password").type`, &got); got != want {
			t.Errorf("the field is of kind %q, want %q", got, want)
		}
	}
	kind("password")
	p.fill(t, "who", "ann@example.com", "password", "not-anybodys")
	p.click(t, "Show")
	kind("text")
	p.look(t, "login-peek")
	p.click(t, "Show")
	kind("password")
	p.click(t, "Show")
	p.press(t, "Log in")
	p.shows(t, "do not fit together")
	kind("password")
}

// TestPagesNoMail: a code that cannot be mailed is said to whom it is for.
func TestPagesNoMail(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "serve", quick().with(env{"RATE_LIMITS": "off", "LOGIN_OTP": "email", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "1"}))
	who := newPerson()
	s.client().want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
	p := b.read(t, s, "/auth/account/login")
	p.fill(t, "who", who.Email, "password", who.Password)
	p.press(t, "Log in")
	p.shows(t, "The code could not be sent. Try again in a moment.")
	p.look(t, "login-no-mail")
}
