package httpd_test

import (
	"maps"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// renewers produces what the routes that take a refresh token answer. token ""
// sends none.
var renewers = map[string]func(t testing.TB, s scene, send func(p person, token string) answer) answer{
	"TOKENS_REFRESHED": func(t testing.TB, s scene, send func(person, string) answer) answer {
		p := s.join(t, "")
		return send(p, p.RefreshToken)
	},
	"REFRESH_TOKEN_NOT_FOUND": func(t testing.TB, s scene, send func(person, string) answer) answer {
		return send(s.join(t, ""), "")
	},
	"INVALID_REFRESH_TOKEN": func(t testing.TB, s scene, send func(person, string) answer) answer {
		p := s.join(t, "")
		send(p, p.AccessToken).want(t, 401, "INVALID_REFRESH_TOKEN")
		return send(p, "A"+p.RefreshToken[1:len(p.RefreshToken)-4]+"AAAA")
	},
	"REFRESH_TOKEN_EXPIRED": func(t testing.TB, s scene, send func(person, string) answer) answer {
		p := s.join(t, "")
		// An access token ends no later than its session, so by the clock alone
		// nobody gets here at /auth/new-token.
		s.sql(t, `UPDATE sessions SET idle_until = ? WHERE id = ?`, s.clock.Now().UnixMilli(), p.SessionID)
		return send(p, p.RefreshToken)
	},
	"SESSION_NOT_FOUND": func(t testing.TB, s scene, send func(person, string) answer) answer {
		p := s.join(t, "")
		s.do(t, "POST /auth/logout", nil, p.bearer()...).want(t, 200, "LOGGED_OUT")
		return send(p, p.RefreshToken)
	},
	"INVALID_REFRESH_HASH": func(t testing.TB, s scene, send func(person, string) answer) answer {
		p := s.join(t, "")
		again := p
		s.do(t, "POST /auth/refresh", object{"refreshToken": p.RefreshToken}).want(t, 200, "TOKENS_REFRESHED").into(t, &again)
		s.clock.advance(time.Minute)
		a := send(p, p.RefreshToken).want(t, 401, "INVALID_REFRESH_HASH")
		s.do(t, "GET /auth/me", nil, again.bearer()...).want(t, 401, "SESSION_NOT_FOUND")
		return a
	},
	"USER_NOT_FOUND": func(t testing.TB, s scene, send func(person, string) answer) answer {
		p := s.join(t, "")
		s.setUser(t, p, func(u *auth.User) { u.Status = auth.UserDisabled })
		return send(p, p.RefreshToken)
	},
	"FORBIDDEN": func(t testing.TB, s scene, send func(person, string) answer) answer {
		p := s.join(t, "")
		s.sql(t, `DELETE FROM memberships WHERE user_id = ?`, p.ID)
		return send(p, p.RefreshToken)
	},
}

// renew returns the producers of every line of the contract: those above, by
// the ways that the two routes take a refresh token.
func renew() map[string]producer {
	all := maps.Clone(producers)
	for _, more := range []map[string]producer{accountProducers, tenantProducers, memberProducers, roleProducers, membershipProducers} {
		maps.Copy(all, more)
	}
	for code, f := range renewers {
		all["/auth/refresh "+code] = func(t testing.TB, s scene) answer {
			return f(t, s, func(_ person, token string) answer { return s.call(t, object{"refreshToken": token}) })
		}
		all["/auth/new-token "+code] = func(t testing.TB, s scene) answer {
			return f(t, s, func(p person, token string) answer {
				return s.call(t, nil, p.bearer("Cookie", "refreshToken="+token)...)
			})
		}
	}
	all["/auth/refresh TENANT_MISMATCH"] = func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		s.call(t, object{"refreshToken": p.RefreshToken}, "x-tenant-id", coded).want(t, 403, "TENANT_MISMATCH")
		s.do(t, "GET /auth/me", nil, p.bearer()...).want(t, 200, "CURRENT_USER_OK") // it goes on
		return s.call(t, object{"refreshToken": p.RefreshToken}, "x-tenant-id", coded)
	}
	return all
}
