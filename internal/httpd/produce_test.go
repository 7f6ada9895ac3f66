package httpd_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// common produces what every route, or every one with a token, can answer.
var common = map[string]producer{
	"TENANT_NOT_FOUND": func(t testing.TB, s scene) answer {
		return s.call(t, nil, s.entry(t, "x-tenant-id", "nobody-there")...)
	},
	"TENANT_INACTIVE": func(t testing.TB, s scene) answer { return s.call(t, nil, s.entry(t, "x-tenant-id", asleep)...) },
	"AMBIGUOUS_CREDENTIALS": func(t testing.TB, s scene) answer {
		return s.call(t, nil, "Authorization", "Bearer a", "x-access-token", "b")
	},
	"VALIDATION_FAILED": func(t testing.TB, s scene) answer { return s.call(t, object{"nonsense": 1}, s.entry(t)...) },
	"UNSUPPORTED_MEDIA_TYPE": func(t testing.TB, s scene) answer {
		return s.call(t, "{}", s.entry(t, "Content-Type", "text/plain")...)
	},
	"BODY_TOO_LARGE": func(t testing.TB, s scene) answer {
		return s.call(t, `{"x":"`+strings.Repeat("x", 64<<10)+`"}`, s.entry(t)...)
	},
	"INTERNAL_ERROR": func(t testing.TB, s scene) answer {
		in := s.entry(t)
		defer s.live.breaks(func() error { return errors.New("a part broke") })()
		return s.call(t, nil, in...)
	},
	"CROSS_ORIGIN": func(t testing.TB, s scene) answer {
		return s.call(t, nil, s.join(t, "").jar("Sec-Fetch-Site", "cross-site")...)
	},
	"ACCESS_TOKEN_MISSING": func(t testing.TB, s scene) answer { return s.call(t, nil) },
	"TOKEN_INVALID": func(t testing.TB, s scene) answer {
		if !s.row.private { // where nobody has to be anybody, an operator is nobody
			return s.call(t, nil, s.operator()...)
		}
		return s.call(t, nil, "Authorization", "Bearer nonsense")
	},
	"NO_SUCH_USER": func(t testing.TB, s scene) answer { return s.to(anyPlace).operate(t, nil) },
	"SESSION_NOT_FOUND": func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		s.do(t, "POST /auth/logout", nil, p.bearer()...).want(t, 200, "LOGGED_OUT")
		return s.call(t, nil, p.bearer()...)
	},
	"USER_NOT_FOUND": func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		s.setUser(t, p, func(u *auth.User) { u.Status = auth.UserDisabled })
		return s.call(t, nil, p.bearer()...)
	},
	"TENANT_MISMATCH": func(t testing.TB, s scene) answer { return s.call(t, nil, s.entry(t, "x-tenant-id", coded)...) },
	"FORBIDDEN": func(t testing.TB, s scene) answer {
		return s.call(t, nil, s.entry(t, "X-Space-ID", uuid.NewString())...)
	},
}

// setUser edits an account behind the service's back, as an admin will.
func (w *world) setUser(t testing.TB, p person, edit func(*auth.User)) {
	t.Helper()
	_, err := w.store.UpdateUser(t.Context(), auth.DefaultDirectory, p.ID, func(u *auth.User) error { edit(u); return nil }, auth.Note{})
	must(t, err)
	w.live.DropAccount(auth.DefaultDirectory, p.ID)
}

// producers produces what one route answers.
var producers = map[string]producer{
	"/auth/sign-up USER_CREATED": func(t testing.TB, s scene) answer { return s.call(t, stranger("").signUp()) },
	"/auth/sign-up DUPLICATE_ENTRY": func(t testing.TB, s scene) answer {
		return s.call(t, s.join(t, "").signUp()).wantFields(t, "email", "username", "mobile")
	},
	"/auth/sign-up SPACE_NOT_FOUND": func(t testing.TB, s scene) answer {
		in := stranger("").signUp()
		in["spaceId"] = "nowhere"
		return s.call(t, in)
	},
	"/auth/sign-up SIGN_UP_CLOSED": func(t testing.TB, s scene) answer {
		return s.call(t, stranger("").signUp(), "x-tenant-id", closed)
	},

	"/auth/login LOGIN_SUCCESS": func(t testing.TB, s scene) answer { return s.signIn(t, s.join(t, "")) },
	"/auth/login OTP_SENT":      func(t testing.TB, s scene) answer { return s.signIn(t, s.join(t, coded)) },
	"/auth/login INVALID_CREDENTIALS": func(t testing.TB, s scene) answer {
		return s.signIn(t, stranger(""))
	},
	"/auth/login ACCOUNT_LOCKED": func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		s.setUser(t, p, func(u *auth.User) { u.Status = auth.UserLocked })
		guess := p
		guess.Password += "x"
		s.signIn(t, guess).want(t, 401, "INVALID_CREDENTIALS")
		return s.signIn(t, p)
	},
	"/auth/login OTP_SEND_FAILED": func(t testing.TB, s scene) answer {
		p := s.join(t, coded)
		defer s.mail.breaks(errors.New("the mail server is away"))()
		return s.signIn(t, p)
	},
	"/auth/login RATE_LIMITED": func(t testing.TB, s scene) answer {
		p := s.join(t, coded)
		for range 5 {
			s.signIn(t, p).want(t, 200, "OTP_SENT")
		}
		return s.signIn(t, p)
	},
	"/auth/login FORBIDDEN": func(t testing.TB, s scene) answer {
		return s.signIn(t, s.join(t, ""), "X-Space-ID", uuid.NewString())
	},

	"/auth/login/verify LOGIN_SUCCESS": func(t testing.TB, s scene) answer {
		p := s.join(t, coded)
		return s.answerCode(t, p, s.challenge(t, p), s.mail.code(t, p.Email))
	},
	"/auth/login/verify INVALID_OTP": func(t testing.TB, s scene) answer {
		p := s.join(t, coded)
		a := s.answerCode(t, p, s.challenge(t, p), other(s.mail.code(t, p.Email)))
		if a.Meta.AttemptsLeft == nil || *a.Meta.AttemptsLeft != 4 {
			t.Errorf("attempts left after one of five: %s", a.body)
		}
		return a
	},
	"/auth/login/verify OTP_EXPIRED_OR_INVALID": func(t testing.TB, s scene) answer {
		p := s.join(t, coded)
		id := s.challenge(t, p)
		s.clock.advance(5 * time.Minute)
		return s.answerCode(t, p, id, s.mail.code(t, p.Email))
	},

	"/auth/login/resend OTP_SENT": func(t testing.TB, s scene) answer {
		p := s.join(t, coded)
		id := s.challenge(t, p)
		a := s.call(t, object{"loginId": id}, p.headers()...)
		var again struct{ LoginID string }
		if a.into(t, &again); again.LoginID != id {
			t.Errorf("the challenge became %q, was %q", again.LoginID, id)
		}
		return a
	},
	"/auth/login/resend OTP_EXPIRED_OR_INVALID": func(t testing.TB, s scene) answer {
		return s.call(t, object{"loginId": uuid.NewString()}, "x-tenant-id", coded)
	},
	"/auth/login/resend RATE_LIMITED": func(t testing.TB, s scene) answer {
		p := s.join(t, coded)
		id := s.challenge(t, p)
		for range 4 {
			s.call(t, object{"loginId": id}, p.headers()...).want(t, 200, "OTP_SENT")
		}
		return s.call(t, object{"loginId": id}, p.headers()...)
	},
	"/auth/login/resend OTP_SEND_FAILED": func(t testing.TB, s scene) answer {
		p := s.join(t, coded)
		id := s.challenge(t, p)
		defer s.mail.breaks(errors.New("the mail server is away"))()
		return s.call(t, object{"loginId": id}, p.headers()...)
	},

	"/auth/front FRONT_RETRIEVED": func(t testing.TB, s scene) answer { return s.call(t, nil) },

	"/auth/verify IDENTITY_VERIFIED": func(t testing.TB, s scene) answer { return s.call(t, nil, s.entry(t)...) },
	"/auth/verify CROSS_ORIGIN": func(t testing.TB, s scene) answer {
		return s.call(t, nil, "Cookie", "accessToken="+s.join(t, "").AccessToken, "X-Forwarded-Method", "POST", "Sec-Fetch-Site", "cross-site")
	},
	"/auth/verify-token ACCESS_TOKEN_VALID": func(t testing.TB, s scene) answer { return s.call(t, nil, s.entry(t)...) },
	"/auth/me CURRENT_USER_OK":              func(t testing.TB, s scene) answer { return s.call(t, nil, s.entry(t)...) },
	"/auth/sessions SESSIONS_RETRIEVED":     func(t testing.TB, s scene) answer { return s.call(t, nil, s.entry(t)...) },
	"/auth/logout LOGGED_OUT":               func(t testing.TB, s scene) answer { return s.call(t, nil, s.entry(t)...) },
	"/auth/logout/all ALL_SESSIONS_REVOKED": func(t testing.TB, s scene) answer { return s.call(t, nil, s.entry(t)...) },
	"/auth/logout/session SESSION_REVOKED": func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		return s.call(t, object{"sessionId": s.login(t, p).SessionID}, p.bearer()...)
	},
	"/auth/logout/session NO_SUCH_SESSION": func(t testing.TB, s scene) answer {
		return s.call(t, object{"sessionId": s.join(t, "").SessionID}, s.entry(t)...)
	},
}

// signIn logs in at the scene's path.
func (s scene) signIn(t testing.TB, p person, more ...string) answer {
	return s.call(t, object{"usernameOrEmailOrMobile": p.Email, "password": p.Password}, p.headers(more...)...)
}

// answerCode answers a challenge at the scene's path.
func (s scene) answerCode(t testing.TB, p person, loginID, code string) answer {
	return s.call(t, object{"loginId": loginID, "otp": code}, p.headers()...)
}

// other returns a code that is not this one.
func other(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}
