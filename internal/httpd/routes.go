package httpd

import (
	"net/http"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// none is the input of a route that takes none: no body, or an empty object.
type none = struct{}

// routes is the table of CONTRACT.md §5: what serves, and what is documented.
func routes() []*route {
	return slices.Concat(authRoutes(), accountRoutes(), membershipRoutes(), memberRoutes(), roleRoutes(), keyRoutes(), runRoutes(), []*route{verifyRoute()}, tenantRoutes(), streamRoutes(), deploymentRoutes())
}

// The groups of the document, in its order.
const (
	groupLogin       = "Logging in"
	groupAccount     = "Ways back in"
	groupSession     = "Sessions"
	groupMemberships = "Memberships and profile"
	groupMembers     = "Users of a tenant"
	groupRoles       = "Roles and spaces"
	groupKeys        = "API keys and guards"
	groupTenants     = "Tenants"
	groupDeployment  = "The deployment"
)

func authRoutes() []*route {
	const login, session = groupLogin, groupSession
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	return []*route{
		do(route{
			methods: post, paths: []string{"/auth/sign-up", "/auth/signup"}, public: true, login: true, group: login, status: http.StatusCreated,
			summary: "Make an account", text: "Where the tenant's login needs no second step, the answer is a login too and carries its tokens.",
			outcomes: []auth.Outcome{auth.OutcomeUserCreated},
			errors:   []*auth.Error{auth.ErrDuplicate, auth.ErrSpaceNotFound, auth.ErrSignUpClosed, auth.ErrOverloaded},
			examples: examples{in: exampleSignUp, out: []any{exampleSignedUp}},
		}, (*auth.Service).SignUp),
		do(route{
			methods: post, paths: []string{"/auth/login"}, public: true, login: true, group: login,
			summary: "Log in with a password", text: "Answers with tokens or, where the tenant asks for a second step, with a challenge: a code was mailed.",
			outcomes: []auth.Outcome{auth.OutcomeLogin, auth.OutcomeOTPSent},
			errors:   []*auth.Error{auth.ErrCredentials, auth.ErrForbidden, auth.ErrLocked, auth.ErrTooMany, auth.ErrRateLimited, auth.ErrOTPNotSent, auth.ErrOverloaded},
			examples: examples{in: exampleSignIn, out: []any{exampleGrant, exampleChallenge}},
		}, (*auth.Service).SignIn),
		do(route{
			methods: post, paths: []string{"/auth/login/verify"}, public: true, login: true, group: login,
			summary: "Answer a challenge with the mailed code", outcomes: []auth.Outcome{auth.OutcomeLogin},
			errors:   []*auth.Error{auth.ErrOTPWrong, auth.ErrOTPGone, auth.ErrTooMany},
			examples: examples{in: exampleVerify, out: []any{exampleGrant}},
		}, (*auth.Service).Verify),
		do(route{
			methods: post, paths: []string{"/auth/login/resend"}, public: true, login: true, group: login,
			summary: "Ask for a new code", text: "The challenge stays the same, the old code is void.", outcomes: []auth.Outcome{auth.OutcomeOTPSent},
			errors:   []*auth.Error{auth.ErrOTPGone, auth.ErrRateLimited, auth.ErrOTPNotSent},
			examples: examples{in: exampleResend, out: []any{exampleChallenge}},
		}, (*auth.Service).Resend),
		do(route{
			methods: get, paths: []string{"/auth/front"}, public: true, group: login,
			summary: "What a tenant's log-in page shows", text: "Its name, picture and colour, and whether anybody may make an account.",
			outcomes: []auth.Outcome{auth.OutcomeFront}, examples: examples{out: []any{exampleFront}},
		}, (*auth.Service).Front),
		doWith(route{
			methods: post, paths: []string{"/auth/refresh", "/auth/token/refresh"}, public: true, group: session,
			summary:  "Trade a refresh token for new tokens",
			text:     "The token comes in the body or as the cookie, and the answer goes back the same way. The last token may be sent again for a few seconds and gets the same successor; an older one ends the session, so let one tab or thread refresh at a time.",
			outcomes: []auth.Outcome{auth.OutcomeRefreshed}, errors: refreshErrors(),
			examples: examples{in: exampleRefresh, out: []any{exampleGrant}},
		}, refresh),
		doWith(route{
			methods: []string{http.MethodGet, http.MethodPost}, paths: []string{"/auth/new-token"}, rotates: true, group: session,
			summary:  "Trade the refresh cookie for new cookies",
			outcomes: []auth.Outcome{auth.OutcomeRefreshed}, errors: refreshErrors(),
			examples: examples{out: []any{exampleGrant.WithoutTokens()}},
		}, func(x *exchange, _ none) (auth.Grant, error) { return refresh(x, auth.RefreshInput{}) }),
		do(route{
			methods: get, paths: []string{"/auth/verify-token"}, frequent: true, group: session, summary: "Ask whether the access token is good",
			outcomes: []auth.Outcome{auth.OutcomeTokenValid}, examples: examples{out: []any{true}},
		}, (*auth.Service).VerifyToken),
		do(route{
			methods: get, paths: []string{"/auth/me"}, group: session, summary: "Who is logged in",
			outcomes: []auth.Outcome{auth.OutcomeCurrentUser}, examples: examples{out: []any{exampleMe}},
		}, (*auth.Service).Me),
		do(route{
			methods: get, paths: []string{"/auth/sessions"}, group: session, summary: "The devices that are logged in, newest first",
			outcomes: []auth.Outcome{auth.OutcomeSessions}, examples: examples{out: []any{[]auth.SessionView{exampleSession}}},
		}, (*auth.Service).ListSessions),
		doWith(route{
			methods: post, paths: []string{"/auth/logout"}, group: session, summary: "End this session",
			outcomes: []auth.Outcome{auth.OutcomeLoggedOut}, examples: examples{out: []any{true}},
		}, func(x *exchange, in none) (bool, error) {
			ok, err := x.server.service.SignOut(x.r.Context(), x.by, in)
			return clearing(x, ok, err, true)
		}),
		doWith(route{
			methods: post, paths: []string{"/auth/logout/session"}, group: session, summary: "End one session of one's own",
			outcomes: []auth.Outcome{auth.OutcomeSessionEnded}, errors: []*auth.Error{auth.ErrNoSuchSession},
			examples: examples{in: auth.EndSessionInput{SessionID: exampleID}, out: []any{auth.EndedSession{SessionID: exampleID}}},
		}, func(x *exchange, in auth.EndSessionInput) (auth.EndedSession, error) {
			out, err := x.server.service.EndSession(x.r.Context(), x.by, in)
			return clearing(x, out, err, out.SessionID == x.by.Session.ID)
		}),
		doWith(route{
			methods: post, paths: []string{"/auth/logout/all"}, group: session, summary: "End all sessions of one's own",
			outcomes: []auth.Outcome{auth.OutcomeSessionsEnded},
			examples: examples{in: auth.EndSessionsInput{KeepCurrent: true}, out: []any{auth.EndedSessions{RevokedCount: 3}}},
		}, func(x *exchange, in auth.EndSessionsInput) (auth.EndedSessions, error) {
			out, err := x.server.service.EndSessions(x.r.Context(), x.by, in)
			return clearing(x, out, err, !in.KeepCurrent)
		}),
	}
}

func refreshErrors() []*auth.Error {
	return []*auth.Error{
		auth.ErrRefreshMissing, auth.ErrRefreshInvalid, auth.ErrRefreshExpired, auth.ErrRefreshReused,
		auth.ErrSessionEnded, auth.ErrUserGone, auth.ErrForbidden, auth.ErrTenantMismatch,
	}
}

func refresh(x *exchange, in auth.RefreshInput) (auth.Grant, error) {
	return x.server.service.Refresh(x.r.Context(), x.by, x.refreshToken(in))
}

// clearing takes the cookies out of the browser when its own session ended.
func clearing[Out any](x *exchange, out Out, err error, own bool) (Out, error) {
	if err == nil && own {
		x.clearCookies()
	}
	return out, err
}
