package httpd_test

import (
	"slices"
	"strings"
)

// row is a line of CONTRACT.md §5: what a route answers, to what.
type row struct {
	method   string
	path     string
	aliases  []string
	private  bool     // needs an access token
	linked   bool     // takes the token of a mailed link
	operated bool     // takes an operator's key
	fields   []string // of the request
	params   []string // of its query
	success  []result
	errors   map[string]int // code → status, beside those of every route
}

// result is a success: its code, status, and the fields of its data.
type result struct {
	code   string
	status int
	fields []string // nil: data is no object
	maybe  []string // may be missing
}

// What a login or a refresh gives (CONTRACT.md §6); §4 says when the tokens are
// there.
var (
	grantFields  = []string{"accessTokenExpiresAt", "refreshTokenExpiresAt", "sessionId", "mainTenantId", "user"}
	tokenFields  = []string{"accessToken", "refreshToken", "deviceToken"}
	userFields   = []string{"id", "name", "username", "email", "role", "tenants", "createdAt", "lastLoginAt"}
	seatFields   = []string{"tenantId", "name", "spaceId", "role", "main"}
	loggedIn     = result{"LOGIN_SUCCESS", 200, grantFields, tokenFields}
	refreshed    = result{"TOKENS_REFRESHED", 200, grantFields, tokenFields}
	codeSent     = result{"OTP_SENT", 200, []string{"loginId", "channel", "maskedEmail", "expiresAt"}, nil}
	refreshCodes = map[string]int{
		"REFRESH_TOKEN_NOT_FOUND": 401, "INVALID_REFRESH_TOKEN": 401, "REFRESH_TOKEN_EXPIRED": 401,
		"SESSION_NOT_FOUND": 401, "INVALID_REFRESH_HASH": 401, "USER_NOT_FOUND": 401, "FORBIDDEN": 403, "TENANT_MISMATCH": 403,
	}
)

// contract is the table of CONTRACT.md §5.
var contract = slices.Concat(authContract, staffContract)

// authContract are its lines about oneself.
var authContract = []row{
	{
		method: "POST", path: "/auth/sign-up", aliases: []string{"/auth/signup"},
		fields:  []string{"name", "email", "password", "username", "nickname", "mobile", "phone", "spaceId"},
		success: []result{{"USER_CREATED", 201, []string{"id", "name", "username", "email", "role"}, slices.Concat(grantFields, tokenFields)}},
		errors:  map[string]int{"DUPLICATE_ENTRY": 409, "SPACE_NOT_FOUND": 404, "SIGN_UP_CLOSED": 403, "OVERLOADED": 503},
	},
	{
		method: "POST", path: "/auth/login",
		fields:  []string{"usernameOrEmailOrMobile", "email", "password", "deviceName", "deviceToken"},
		success: []result{loggedIn, codeSent},
		errors:  map[string]int{"INVALID_CREDENTIALS": 401, "ACCOUNT_LOCKED": 423, "OTP_SEND_FAILED": 503, "RATE_LIMITED": 429, "FORBIDDEN": 403, "SESSION_LIMIT": 409, "OVERLOADED": 503},
	},
	{
		method: "POST", path: "/auth/login/verify", fields: []string{"loginId", "otp", "deviceName", "deviceToken"},
		success: []result{loggedIn},
		errors:  map[string]int{"INVALID_OTP": 401, "OTP_EXPIRED_OR_INVALID": 401, "SESSION_LIMIT": 409},
	},
	{
		method: "POST", path: "/auth/login/resend", fields: []string{"loginId"},
		success: []result{codeSent},
		errors:  map[string]int{"OTP_EXPIRED_OR_INVALID": 401, "RATE_LIMITED": 429, "OTP_SEND_FAILED": 503},
	},
	{
		method: "POST", path: "/auth/refresh", aliases: []string{"/auth/token/refresh"}, fields: []string{"refreshToken"},
		success: []result{refreshed}, errors: refreshCodes,
	},
	{method: "GET", path: "/auth/new-token", private: true, success: []result{refreshed}, errors: with(refreshCodes, "CROSS_ORIGIN", 403)},
	{method: "POST", path: "/auth/new-token", private: true, success: []result{refreshed}, errors: refreshCodes},
	{
		method: "GET", path: "/auth/verify", private: true, params: []string{"role", "permission", "tenant"},
		success: []result{{"IDENTITY_VERIFIED", 200, []string{"kind", "tenantId"}, []string{"userId", "username", "keyId", "name", "spaceId", "role", "permissions", "sessionId", "expiresAt"}}},
		errors:  map[string]int{"CROSS_ORIGIN": 403},
	},
	{method: "GET", path: "/auth/verify-token", private: true, success: []result{{code: "ACCESS_TOKEN_VALID", status: 200}}},
	{
		method: "GET", path: "/auth/me", private: true,
		success: []result{{"CURRENT_USER_OK", 200, append(slices.Clone(userFields), "sessionId"), []string{"nickname", "mobile"}}},
	},
	{
		method: "GET", path: "/auth/front", params: []string{"returnTo"},
		success: []result{{"FRONT_RETRIEVED", 200, []string{"tenantId", "name", "signUp"}, []string{"color", "logo", "language", "returnTo"}}},
	},
	{method: "GET", path: "/auth/sessions", private: true, success: []result{{code: "SESSIONS_RETRIEVED", status: 200}}},
	{method: "POST", path: "/auth/logout", private: true, success: []result{{code: "LOGGED_OUT", status: 200}}},
	{
		method: "POST", path: "/auth/logout/session", private: true, fields: []string{"sessionId"},
		success: []result{{"SESSION_REVOKED", 200, []string{"sessionId"}, nil}}, errors: map[string]int{"NO_SUCH_SESSION": 404},
	},
	{
		method: "POST", path: "/auth/logout/all", private: true, fields: []string{"keepCurrent"},
		success: []result{{"ALL_SESSIONS_REVOKED", 200, []string{"revokedCount"}, nil}},
	},
	{
		method: "POST", path: "/auth/unlock/request", fields: []string{"email"},
		success: []result{{code: "UNLOCK_SENT_IF_LOCKED", status: 202}},
	},
	{method: "GET", path: "/auth/unlock", linked: true, success: []result{{"UNLOCK_READY", 200, linkFields, nil}}},
	{
		method: "POST", path: "/auth/unlock", linked: true, fields: []string{"token"},
		success: []result{
			{"ACCOUNT_UNLOCKED", 200, []string{"userId", "tenantId"}, nil},
			{"ACCOUNT_ALREADY_UNLOCKED", 200, []string{"userId", "tenantId"}, nil},
		},
	},
	{
		method: "POST", path: "/auth/password/forgot", fields: []string{"email"},
		success: []result{{code: "RESET_SENT_IF_KNOWN", status: 202}},
	},
	{method: "GET", path: "/auth/password/reset", linked: true, success: []result{{"RESET_READY", 200, linkFields, nil}}},
	{
		method: "POST", path: "/auth/password/reset", linked: true, fields: []string{"token", "password"},
		success: []result{{code: "PASSWORD_CHANGED", status: 200}}, errors: map[string]int{"OVERLOADED": 503},
	},
	{
		method: "POST", path: "/auth/password/change", private: true, fields: []string{"currentPassword", "newPassword"},
		success: []result{{code: "PASSWORD_CHANGED", status: 200}},
		errors:  map[string]int{"INVALID_CREDENTIALS": 401, "ACCOUNT_LOCKED": 423, "RATE_LIMITED": 429, "OVERLOADED": 503},
	},
	{method: "GET", path: "/auth/disown", linked: true, success: []result{{"DISOWN_READY", 200, linkFields, nil}}},
	{
		method: "POST", path: "/auth/disown", linked: true, fields: []string{"token"},
		success: []result{{"SESSION_DISOWNED", 200, []string{"sessionId"}, nil}},
	},
}

var linkFields = []string{"tenantId", "tenantName", "expiresAt"}

// deployment are the routes that need neither a tenant nor a caller.
var deployment = []string{"/auth/health", "/healthz", "/readyz", "/metrics", "/.well-known/jwks.json", "/openapi.json"}

// What every route can answer (CONTRACT.md §2, §3, §5): all, those with a
// token, those that change something.
var (
	commonCodes = map[string]int{
		"TENANT_NOT_FOUND": 404, "TENANT_INACTIVE": 403, "TENANT_CONNECTION_MISSING": 503, "AMBIGUOUS_CREDENTIALS": 400,
		"VALIDATION_FAILED": 400, "UNSUPPORTED_MEDIA_TYPE": 415, "BODY_TOO_LARGE": 413, "INTERNAL_ERROR": 500, "TOKEN_INVALID": 401,
	}
	linkedCodes = map[string]int{
		"INVALID_OR_EXPIRED_TOKEN": 400, "TENANT_INACTIVE": 403, "TENANT_CONNECTION_MISSING": 503, "AMBIGUOUS_CREDENTIALS": 400,
		"VALIDATION_FAILED": 400, "INTERNAL_ERROR": 500, "UNSUPPORTED_MEDIA_TYPE": 415, "BODY_TOO_LARGE": 413, "CROSS_ORIGIN": 403,
	}
	privateCodes = map[string]int{
		"ACCESS_TOKEN_MISSING": 401, "SESSION_NOT_FOUND": 401, "USER_NOT_FOUND": 401,
		"TENANT_MISMATCH": 403, "FORBIDDEN": 403,
	}
)

// codes404 are names of ours for codes that are a 401 too.
var codes404 = map[string]string{"NO_SUCH_SESSION": "SESSION_NOT_FOUND", "NO_SUCH_USER": "USER_NOT_FOUND"}

// allErrors is every error of the row, by code or our name for it.
func (r row) allErrors() map[string]int {
	all := map[string]int{}
	add := func(codes map[string]int) {
		for code, status := range codes {
			all[code] = status
		}
	}
	if r.linked {
		add(linkedCodes)
		if r.method == "GET" {
			delete(all, "CROSS_ORIGIN")
		}
		add(r.errors)
		return all
	}
	add(commonCodes)
	if r.private {
		add(privateCodes)
	}
	if r.method != "GET" {
		all["CROSS_ORIGIN"] = 403
	}
	add(r.errors)
	return all
}

// paths returns everywhere that the row answers, its own path first.
func (r row) paths() (all []string) {
	for _, p := range append([]string{r.path}, r.aliases...) {
		all = append(all, p)
		if strings.HasPrefix(p, "/auth/") {
			all = append(all, "/api/v1"+p)
		}
	}
	return all
}

func (r row) String() string { return r.method + " " + r.path }

func with(codes map[string]int, code string, status int) map[string]int {
	all := map[string]int{code: status}
	for c, s := range codes {
		all[c] = s
	}
	return all
}
