package doors

import (
	"errors"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// loginRows are sign-up, login, code and unlock.
func loginRows() []row {
	return []row{
		{op: "sign up", code: "USER_CREATED", ask: func(t *testing.T, s scene) said { return s.ask(t, nobody(""), stranger("").signUp()) }},
		{op: "sign up", code: "USER_CREATED", name: "without a login", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(coded), stranger("").signUp())
		}},
		{op: "sign up", code: "USER_CREATED", name: "with what is not needed", ask: func(t *testing.T, s scene) said {
			in := stranger("").signUp().and(object{"nickname": "애니 🔑", "spaceId": "default"})
			return s.ask(t, nobody(other), in)
		}},
		{op: "sign up", code: "DUPLICATE_ENTRY", ask: func(t *testing.T, s scene) said { return s.ask(t, nobody(""), s.join(t, home).signUp()) }},
		{op: "sign up", code: "DUPLICATE_ENTRY", name: "of another tenant", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(other), s.join(t, home).signUp())
		}},
		{op: "sign up", code: "VALIDATION_FAILED", name: "nothing", ask: func(t *testing.T, s scene) said { return s.ask(t, nobody(""), nil) }},
		{op: "sign up", code: "VALIDATION_FAILED", name: "all wrong", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(""), object{"name": " ", "email": "ann", "username": "-", "mobile": "x", "password": "short"})
		}},
		{op: "sign up", code: "VALIDATION_FAILED", name: "two numbers", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(""), stranger("").signUp().and(object{"phone": "+821055500000"}))
		}},
		{op: "sign up", code: "VALIDATION_FAILED", name: "a list", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(""), stranger("").signUp().and(object{"email": []string{"a@example.com"}}))
		}},
		{op: "sign up", code: "SPACE_NOT_FOUND", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(""), stranger("").signUp().and(object{"spaceId": "nowhere"}))
		}},
		{op: "sign up", code: "SIGN_UP_CLOSED", ask: func(t *testing.T, s scene) said { return s.ask(t, nobody(closed), stranger("").signUp()) }},
		{op: "sign up", code: "OVERLOADED", ask: func(t *testing.T, s scene) said {
			return s.overloaded(t, func() said { return s.ask(t, nobody(""), stranger("").signUp()) })
		}},
		{op: "sign up", code: "RATE_LIMITED", ask: func(t *testing.T, s scene) said {
			return until(t, "RATE_LIMITED", 101, func() said { return s.ask(t, nobody(""), nil) })
		}},

		{op: "log in", code: "LOGIN_SUCCESS", ask: func(t *testing.T, s scene) said { return s.signIn(t, s.join(t, home)) }},
		{op: "log in", code: "LOGIN_SUCCESS", name: "by the address", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			return s.ask(t, p.public(), object{"email": p.Email, "password": p.Password, "deviceName": "Ann's laptop"})
		}},
		{op: "log in", code: "LOGIN_SUCCESS", name: "by the number", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			return s.ask(t, p.public(), object{"usernameOrEmailOrMobile": p.Mobile, "password": p.Password})
		}},
		{op: "log in", code: "OTP_SENT", ask: func(t *testing.T, s scene) said { return s.signIn(t, s.join(t, coded)) }},
		{op: "log in", code: "INVALID_CREDENTIALS", name: "nobody", ask: func(t *testing.T, s scene) said { return s.signIn(t, stranger(home)) }},
		{op: "log in", code: "INVALID_CREDENTIALS", name: "wrong password", ask: func(t *testing.T, s scene) said { return s.guess(t, s.join(t, home)) }},
		{op: "log in", code: "INVALID_CREDENTIALS", name: "disabled", ask: func(t *testing.T, s scene) said { return s.signIn(t, s.disabled(t)) }},
		{op: "log in", code: "INVALID_CREDENTIALS", name: "of another tenant", ask: func(t *testing.T, s scene) said {
			return s.signIn(t, s.join(t, home).at(other))
		}},
		{op: "log in", code: "INVALID_CREDENTIALS", name: "locked, wrong password", ask: func(t *testing.T, s scene) said { return s.guess(t, s.locked(t)) }},
		{op: "log in", code: "ACCOUNT_LOCKED", name: "by an admin", ask: func(t *testing.T, s scene) said { return s.signIn(t, s.locked(t)) }},
		{op: "log in", code: "ACCOUNT_LOCKED", name: "by guesses", ask: func(t *testing.T, s scene) said {
			s.service.Unlimited = true
			p := s.join(t, home)
			for range 7 {
				s.guess(t, p)
			}
			return s.signIn(t, p)
		}},
		{op: "log in", code: "SESSION_LIMIT", ask: func(t *testing.T, s scene) said {
			s.service.Policy.MaxSessions, s.service.Policy.AtLimit = 1, auth.LimitRefuse
			return s.signIn(t, s.join(t, home))
		}},
		{op: "log in", code: "OTP_SEND_FAILED", ask: func(t *testing.T, s scene) said {
			s.mail.down = errors.New("the mail server is away")
			return s.signIn(t, s.join(t, coded))
		}},
		{op: "log in", code: "VALIDATION_FAILED", name: "nothing", ask: func(t *testing.T, s scene) said { return s.ask(t, nobody(""), nil) }},
		{op: "log in", code: "VALIDATION_FAILED", name: "two names", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(""), object{"usernameOrEmailOrMobile": "ann", "email": "a@example.com", "password": "x"})
		}},
		{op: "log in", code: "VALIDATION_FAILED", name: "a number", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(""), object{"usernameOrEmailOrMobile": "ann", "password": 123456})
		}},
		{op: "log in", code: "OVERLOADED", ask: func(t *testing.T, s scene) said {
			return s.overloaded(t, func() said { return s.signIn(t, stranger(home)) })
		}},
		{op: "log in", code: "RATE_LIMITED", name: "codes", ask: func(t *testing.T, s scene) said {
			p := s.join(t, coded)
			return until(t, "RATE_LIMITED", 6, func() said { return s.signIn(t, p) })
		}},
		{op: "log in", code: "RATE_LIMITED", name: "guesses", ask: func(t *testing.T, s scene) said {
			s.service.Policy.LockAttempts = 100
			p := s.join(t, home)
			for range 7 { // the last two after waits of a second and of two
				s.clock.advance(3 * time.Second)
				s.guess(t, p)
			}
			return s.guess(t, p)
		}},
		{op: "log in", code: "RATE_LIMITED", name: "requests", ask: func(t *testing.T, s scene) said {
			return until(t, "RATE_LIMITED", 201, func() said { return s.ask(t, nobody(""), nil) })
		}},

		{op: "verify", code: "LOGIN_SUCCESS", ask: func(t *testing.T, s scene) said {
			id, code := s.challenge(t, s.join(t, coded))
			return s.ask(t, nobody(coded), object{"loginId": id, "otp": code})
		}},
		{op: "verify", code: "INVALID_OTP", ask: func(t *testing.T, s scene) said {
			id, code := s.challenge(t, s.join(t, coded))
			return s.ask(t, nobody(coded), object{"loginId": id, "otp": not(code)})
		}},
		{op: "verify", code: "OTP_EXPIRED_OR_INVALID", name: "too late", ask: func(t *testing.T, s scene) said {
			id, code := s.challenge(t, s.join(t, coded))
			s.clock.advance(5 * time.Minute)
			return s.ask(t, nobody(coded), object{"loginId": id, "otp": code})
		}},
		{op: "verify", code: "OTP_EXPIRED_OR_INVALID", name: "spent", ask: func(t *testing.T, s scene) said {
			id, code := s.challenge(t, s.join(t, coded))
			s.ask(t, nobody(coded), object{"loginId": id, "otp": code})
			return s.ask(t, nobody(coded), object{"loginId": id, "otp": code})
		}},
		{op: "verify", code: "OTP_EXPIRED_OR_INVALID", name: "tried too often", ask: func(t *testing.T, s scene) said {
			id, code := s.challenge(t, s.join(t, coded))
			for range 5 {
				s.ask(t, nobody(coded), object{"loginId": id, "otp": not(code)})
			}
			return s.ask(t, nobody(coded), object{"loginId": id, "otp": code})
		}},
		{op: "verify", code: "OTP_EXPIRED_OR_INVALID", name: "in another tenant", ask: func(t *testing.T, s scene) said {
			id, code := s.challenge(t, s.join(t, coded))
			return s.ask(t, nobody(other), object{"loginId": id, "otp": code})
		}},
		{op: "verify", code: "OTP_EXPIRED_OR_INVALID", name: "no such login", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(coded), object{"loginId": anyID(), "otp": "123456"})
		}},
		{op: "verify", code: "SESSION_LIMIT", ask: func(t *testing.T, s scene) said {
			s.service.Policy.MaxSessions, s.service.Policy.AtLimit = 1, auth.LimitRefuse
			p, last := s.join(t, coded), said{}
			for range 2 {
				id, code := s.challenge(t, p)
				last = s.ask(t, nobody(coded), object{"loginId": id, "otp": code})
			}
			return last
		}},
		{op: "verify", code: "VALIDATION_FAILED", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(coded), object{"loginId": "x", "otp": "12345"})
		}},
		{op: "verify", code: "RATE_LIMITED", ask: func(t *testing.T, s scene) said {
			id := anyID()
			return until(t, "RATE_LIMITED", 21, func() said { return s.ask(t, nobody(coded), object{"loginId": id, "otp": "123456"}) })
		}},

		{op: "unlock", code: "ACCOUNT_UNLOCKED", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(home), object{"token": s.lockedLink(t)})
		}},
		{op: "unlock", code: "ACCOUNT_ALREADY_UNLOCKED", ask: func(t *testing.T, s scene) said {
			link := s.lockedLink(t)
			s.clock.advance(time.Hour)
			return s.ask(t, nobody(home), object{"token": link})
		}},
		{op: "unlock", code: "INVALID_OR_EXPIRED_TOKEN", name: "made up", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(home), object{"token": "AAAA"})
		}},
		{op: "unlock", code: "INVALID_OR_EXPIRED_TOKEN", name: "used", ask: func(t *testing.T, s scene) said {
			link := s.lockedLink(t)
			s.ask(t, nobody(home), object{"token": link})
			return s.ask(t, nobody(home), object{"token": link})
		}},
		{op: "unlock", code: "INVALID_OR_EXPIRED_TOKEN", name: "too late", ask: func(t *testing.T, s scene) said {
			link := s.lockedLink(t)
			s.clock.advance(25 * time.Hour)
			return s.ask(t, nobody(home), object{"token": link})
		}},
		{op: "unlock", code: "INVALID_OR_EXPIRED_TOKEN", name: "of another tenant", ask: func(t *testing.T, s scene) said {
			return s.ask(t, nobody(other), object{"token": s.lockedLink(t)})
		}},
		{op: "unlock", code: "TENANT_INACTIVE", ask: func(t *testing.T, s scene) said {
			link := s.lockedLink(t)
			s.status(t, home, auth.TenantLocked)
			return s.ask(t, nobody(home), object{"token": link})
		}},
		{op: "unlock", code: "VALIDATION_FAILED", ask: func(t *testing.T, s scene) said { return s.ask(t, nobody(home), nil) }},
		{op: "unlock", code: "INTERNAL_ERROR", ask: func(t *testing.T, s scene) said {
			link := s.lockedLink(t)
			return s.broken(errBroke).ask(t, nobody(home), object{"token": link})
		}},
		{op: "unlock", code: "TENANT_CONNECTION_MISSING", ask: func(t *testing.T, s scene) said {
			link := s.lockedLink(t)
			return s.broken(auth.ErrUnavailable).ask(t, nobody(home), object{"token": link})
		}},
		{op: "unlock", code: "RATE_LIMITED", ask: func(t *testing.T, s scene) said {
			return until(t, "RATE_LIMITED", 61, func() said { return s.ask(t, nobody(home), object{"token": "AAAA"}) })
		}},
	}
}

func (s scene) signIn(t testing.TB, p person) said {
	t.Helper()
	return s.ask(t, p.public(), p.signIn())
}

// guess logs in with a wrong password.
func (s scene) guess(t testing.TB, p person) said {
	t.Helper()
	return s.ask(t, p.public(), p.signIn().and(object{"password": "not-the-password"}))
}

// locked is a person whom an admin has locked.
func (s scene) locked(t testing.TB) person {
	t.Helper()
	p := s.join(t, home)
	s.setUser(t, p, func(u *auth.User) { u.Status = auth.UserLocked })
	return p
}

// refreshRows are about refresh tokens (CONTRACT.md §7).
func refreshRows() []row {
	renew := func(t testing.TB, s scene, who person, token string) said {
		t.Helper()
		return s.ask(t, who, object{"refreshToken": token})
	}
	return []row{
		{op: "refresh", code: "TOKENS_REFRESHED", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			return renew(t, s, p.public(), p.RefreshToken)
		}},
		{op: "refresh", code: "TOKENS_REFRESHED", name: "of who is logged in", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			return renew(t, s, p, p.RefreshToken)
		}},
		{op: "refresh", code: "TOKENS_REFRESHED", name: "of another tenant, which is not named", ask: func(t *testing.T, s scene) said {
			return renew(t, s, nobody(""), s.join(t, other).RefreshToken)
		}},
		{op: "refresh", code: "TOKENS_REFRESHED", name: "once more within the grace", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			s.refresh(t, p)
			s.clock.advance(9 * time.Second)
			return renew(t, s, p.public(), p.RefreshToken)
		}},
		{op: "refresh", code: "INVALID_REFRESH_HASH", name: "once more after the grace", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			s.refresh(t, p)
			s.clock.advance(11 * time.Second)
			return renew(t, s, p.public(), p.RefreshToken)
		}},
		{op: "refresh", code: "INVALID_REFRESH_HASH", name: "the last but one", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			s.refresh(t, s.refresh(t, p))
			return renew(t, s, p.public(), p.RefreshToken)
		}},
		{op: "refresh", code: "SESSION_NOT_FOUND", name: "after a reuse", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			last := s.refresh(t, s.refresh(t, p))
			renew(t, s, p.public(), p.RefreshToken)
			return renew(t, s, p.public(), last.RefreshToken)
		}},
		{op: "refresh", code: "SESSION_NOT_FOUND", name: "after the logout", ask: func(t *testing.T, s scene) said {
			return renew(t, s, nobody(home), s.ended(t).RefreshToken)
		}},
		{op: "refresh", code: "REFRESH_TOKEN_NOT_FOUND", ask: func(t *testing.T, s scene) said { return s.ask(t, nobody(home), nil) }},
		{op: "refresh", code: "REFRESH_TOKEN_NOT_FOUND", name: "of who is logged in", ask: func(t *testing.T, s scene) said { return s.ask(t, s.join(t, home), nil) }},
		{op: "refresh", code: "INVALID_REFRESH_TOKEN", name: "made up", ask: func(t *testing.T, s scene) said { return renew(t, s, nobody(home), "AAAA") }},
		{op: "refresh", code: "INVALID_REFRESH_TOKEN", name: "an access token", ask: func(t *testing.T, s scene) said {
			return renew(t, s, nobody(home), s.join(t, home).AccessToken)
		}},
		{op: "refresh", code: "REFRESH_TOKEN_EXPIRED", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			s.clock.advance(9 * 24 * time.Hour)
			return renew(t, s, p.public(), p.RefreshToken)
		}},
		{op: "refresh", code: "USER_NOT_FOUND", ask: func(t *testing.T, s scene) said { return renew(t, s, nobody(home), s.disabled(t).RefreshToken) }},
		{op: "refresh", code: "FORBIDDEN", ask: func(t *testing.T, s scene) said { return renew(t, s, nobody(home), s.unseated(t).RefreshToken) }},
		{op: "refresh", code: "TENANT_MISMATCH", ask: func(t *testing.T, s scene) said { return renew(t, s, nobody(other), s.join(t, home).RefreshToken) }},
		{op: "refresh", code: "VALIDATION_FAILED", ask: func(t *testing.T, s scene) said { return s.ask(t, nobody(home), object{"refreshToken": 7}) }},
		{op: "refresh", code: "RATE_LIMITED", ask: func(t *testing.T, s scene) said {
			return until(t, "RATE_LIMITED", 601, func() said { return s.ask(t, nobody(home), nil) })
		}},
	}
}
