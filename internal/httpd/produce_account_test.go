package httpd_test

import (
	"context"
	"errors"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/password"
)

// accountProducers produces what the ways back in answer.
var accountProducers = map[string]producer{
	"/auth/login SESSION_LIMIT": func(t testing.TB, s scene) answer {
		defer s.policy(func(p *auth.Policy) { p.MaxSessions, p.AtLimit = 1, auth.LimitRefuse })()
		return s.signIn(t, s.join(t, ""))
	},
	"/auth/login/verify SESSION_LIMIT": func(t testing.TB, s scene) answer {
		defer s.policy(func(p *auth.Policy) { p.MaxSessions, p.AtLimit = 1, auth.LimitRefuse })()
		p := s.join(t, coded)
		s.answerCode(t, p, s.challenge(t, p), s.mail.code(t, p.Email)).want(t, 200, "LOGIN_SUCCESS")
		return s.answerCode(t, p, s.challenge(t, p), s.mail.code(t, p.Email))
	},
	"/auth/unlock/request UNLOCK_SENT_IF_LOCKED": func(t testing.TB, s scene) answer {
		return s.call(t, object{"email": stranger("").Email})
	},
	"/auth/unlock UNLOCK_READY":     func(t testing.TB, s scene) answer { return s.follow(t, s.lockedLink(t)) },
	"/auth/unlock ACCOUNT_UNLOCKED": func(t testing.TB, s scene) answer { return s.follow(t, s.lockedLink(t)) },
	"/auth/unlock ACCOUNT_ALREADY_UNLOCKED": func(t testing.TB, s scene) answer {
		link := s.lockedLink(t)
		s.clock.advance(time.Hour)
		return s.follow(t, link)
	},
	"/auth/password/forgot RESET_SENT_IF_KNOWN": func(t testing.TB, s scene) answer {
		return s.call(t, object{"email": s.join(t, "").Email})
	},
	"/auth/password/reset RESET_READY": func(t testing.TB, s scene) answer { return s.follow(t, s.resetLink(t)) },
	"/auth/password/reset PASSWORD_CHANGED": func(t testing.TB, s scene) answer {
		return s.follow(t, s.resetLink(t), "password", "loud-comet-17-harbour")
	},
	"/auth/password/change PASSWORD_CHANGED": func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		return s.call(t, object{"currentPassword": p.Password, "newPassword": "loud-comet-17-harbour"}, p.bearer()...)
	},
	"/auth/password/change INVALID_CREDENTIALS": func(t testing.TB, s scene) answer { return s.wrongChange(t, s.join(t, "")) },
	"/auth/password/change ACCOUNT_LOCKED": func(t testing.TB, s scene) answer {
		s.service.Unlimited = true
		defer func() { s.service.Unlimited = false }()
		p := s.join(t, "")
		for range 7 { // which lock this session out, and nobody else
			s.wrongChange(t, p).want(t, 401, "INVALID_CREDENTIALS")
		}
		return s.call(t, object{"currentPassword": p.Password, "newPassword": "loud-comet-17-harbour"}, p.bearer()...)
	},
	"/auth/password/change RATE_LIMITED": func(t testing.TB, s scene) answer {
		defer s.policy(func(p *auth.Policy) { p.LockAttempts = 100 })()
		p := s.join(t, "")
		for range 5 {
			s.wrongChange(t, p).want(t, 401, "INVALID_CREDENTIALS")
		}
		for range 2 { // after waits of a second and of two, which are waited out
			s.clock.advance(3 * time.Second)
			s.wrongChange(t, p).want(t, 401, "INVALID_CREDENTIALS")
		}
		return s.wrongChange(t, p)
	},
	"/auth/sign-up OVERLOADED": func(t testing.TB, s scene) answer {
		return s.overloaded(t, func() answer { return s.call(t, stranger("").signUp()) })
	},
	"/auth/login OVERLOADED": func(t testing.TB, s scene) answer {
		return s.overloaded(t, func() answer { return s.signIn(t, stranger("")) })
	},
	"/auth/password/reset OVERLOADED": func(t testing.TB, s scene) answer {
		var links []string
		for range 20 {
			links = append(links, s.resetLink(t))
		}
		return s.overloaded(t, func() answer {
			link := links[0]
			links = append(links[1:], link)
			return s.follow(t, link, "password", "loud-comet-17-harbour")
		})
	},
	"/auth/password/change OVERLOADED": func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		return s.overloaded(t, func() answer { return s.wrongChange(t, p) })
	},
	"/auth/disown DISOWN_READY":     func(t testing.TB, s scene) answer { return s.follow(t, s.strangeLogin(t)) },
	"/auth/disown SESSION_DISOWNED": func(t testing.TB, s scene) answer { return s.follow(t, s.strangeLogin(t)) },
}

// overloaded keeps the hashing busy until a call that hashes is turned away.
func (s scene) overloaded(t testing.TB, call func() answer) answer {
	t.Helper()
	h, err := password.New(password.Config{MemoryKiB: 8 << 10, Time: 16, Parallel: 1, Queue: 1})
	must(t, err)
	before := s.service.Passwords
	s.service.Passwords = h
	ctx, cancel := context.WithCancel(t.Context())
	var hogs sync.WaitGroup
	defer func() {
		cancel()
		hogs.Wait()
		s.service.Passwords = before
	}()
	for range 4 {
		hogs.Go(func() {
			for ctx.Err() == nil {
				if _, err := h.Hash(ctx, "hog", canary); err != nil {
					runtime.Gosched()
				}
			}
		})
	}
	for range 100 {
		if a := call(); a.code() == "OVERLOADED" {
			if a.Meta.RetryAfter < 1 || a.header.Get("Retry-After") == "" {
				t.Errorf("nothing says when to come back: %s", a.body)
			}
			return a
		}
	}
	t.Fatal("the queue never was full")
	return answer{}
}

// linkProducers produces what every mailed link can answer.
var linkProducers = map[string]producer{
	"INVALID_OR_EXPIRED_TOKEN": func(t testing.TB, s scene) answer {
		return s.follow(t, strings.Repeat("A", 88), "password", "loud-comet-17-harbour")
	},
	"VALIDATION_FAILED": func(t testing.TB, s scene) answer { return s.follow(t, "") },
	"AMBIGUOUS_CREDENTIALS": func(t testing.TB, s scene) answer {
		return s.call(t, nil, "X-Tenant-Id", "default", "X-Tenant-Id", coded)
	},
	"TENANT_INACTIVE": func(t testing.TB, s scene) answer {
		link := s.anyLink(t)
		s.sql(t, `UPDATE tenants SET status = 'SUSPENDED' WHERE slug = 'default'`)
		defer s.sql(t, `UPDATE tenants SET status = 'ACTIVE' WHERE slug = 'default'`)
		return s.follow(t, link, "password", "loud-comet-17-harbour")
	},
	"INTERNAL_ERROR": func(t testing.TB, s scene) answer {
		link := s.anyLink(t)
		defer s.live.breaks(func() error { return errors.New("a part broke") })()
		return s.follow(t, link, "password", "loud-comet-17-harbour")
	},
	"CROSS_ORIGIN": func(t testing.TB, s scene) answer {
		return s.call(t, "token=x", "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site")
	},
}

// policy changes what holds in the deployment until it is undone.
func (s scene) policy(edit func(*auth.Policy)) (undo func()) {
	before := s.service.Policy
	edit(&s.service.Policy)
	return func() { s.service.Policy = before }
}

// follow presents a link's token at the scene's path: in the query of a GET,
// else in the body, with more fields.
func (s scene) follow(t testing.TB, token string, more ...string) answer {
	t.Helper()
	if s.row.method == "GET" {
		return s.do(t, "GET "+s.path+"?"+url.Values{"token": {token}}.Encode(), nil)
	}
	body := object{"token": token}
	if len(s.row.fields) > 1 {
		for i := 0; i < len(more); i += 2 {
			body[more[i]] = more[i+1]
		}
	}
	return s.call(t, body)
}

// anyLink is a link that the scene's route takes.
func (s scene) anyLink(t testing.TB) string {
	t.Helper()
	switch s.row.path {
	case "/auth/unlock":
		return s.lockedLink(t)
	case "/auth/disown":
		return s.strangeLogin(t)
	case "/auth/invitation":
		_, token := s.invite(t, "")
		return token
	}
	return s.resetLink(t)
}

// lockedLink locks an account by wrong passwords and returns the mailed token.
func (w *world) lockedLink(t testing.TB) string {
	t.Helper()
	w.service.Unlimited = true
	defer func() { w.service.Unlimited = false }()
	p := w.join(t, "")
	for range 7 {
		w.do(t, "POST /auth/login", object{"email": p.Email, "password": "not-the-password"}).want(t, 401, "INVALID_CREDENTIALS")
	}
	return w.mailed(t, p, auth.MessageLocked)
}

// resetLink asks for a new password and returns the mailed token.
func (w *world) resetLink(t testing.TB) string {
	t.Helper()
	p := w.join(t, "")
	w.do(t, "POST /auth/password/forgot", object{"email": p.Email}).want(t, 202, "RESET_SENT_IF_KNOWN")
	return w.mailed(t, p, auth.MessageReset)
}

// strangeLogin logs in from a new device and returns the mailed token.
func (w *world) strangeLogin(t testing.TB) string {
	t.Helper()
	p := w.join(t, "")
	w.login(t, p)
	return w.mailed(t, p, auth.MessageNewDevice)
}

// mailed takes the newest mail of that kind to a person out of the outbox and
// returns the token of its link.
func (w *world) mailed(t testing.TB, p person, kind auth.MessageKind) string {
	t.Helper()
	token := ""
	for {
		batch, err := w.store.Lease(t.Context(), w.clock.Now(), time.Minute, 100)
		must(t, err)
		if len(batch) == 0 {
			break
		}
		for _, m := range batch {
			must(t, w.store.Sent(t.Context(), m.Directory, m.ID, w.clock.Now()))
			if m.Kind != kind || m.User != "" && m.User != p.ID {
				continue
			}
			msg, err := w.service.Message(t.Context(), m)
			must(t, err)
			if msg.Email != p.Email { // an invitation is for an address, and nobody's yet
				continue
			}
			link, err := url.Parse(msg.Facts.Link)
			must(t, err)
			if link.Scheme+"://"+link.Host != ourOrigin {
				t.Errorf("a link to %s, want %s", link.Host, ourOrigin)
			}
			token = link.Query().Get("token")
			secrets.add(token)
		}
	}
	if token == "" {
		t.Fatalf("no mail of kind %s to %s", kind, p.Email)
	}
	return token
}

func (s scene) wrongChange(t testing.TB, p person) answer {
	t.Helper()
	return s.call(t, object{"currentPassword": "not-the-password", "newPassword": "loud-comet-17-harbour"}, p.bearer()...)
}
