package auth

import "fmt"

// Kind is the coarse sort of an [Error]; each door maps it once. The zero Kind
// is an internal fault, so that forgetting one fails closed.
type Kind int

// The kinds of errors.
const (
	KindInternal Kind = iota
	KindInvalid
	KindUnauthenticated
	KindForbidden
	KindNotFound
	KindMethod
	KindConflict
	KindTooLarge
	KindMediaType
	KindLocked
	KindLimited
	KindUnavailable
)

// Error is an answer to the caller: a stable code that programs read and a text
// for people that is safe to show. The values below are declared once and never
// changed; [Error.With] copies.
type Error struct {
	Kind Kind
	Code string
	Text string
	Meta Meta
}

// Meta is what a caller can act on.
type Meta struct {
	Field        string         `json:"field,omitempty"`
	Fields       []FieldProblem `json:"fields,omitempty"`
	RetryAfter   int            `json:"retryAfter,omitempty"` // seconds
	AttemptsLeft *int           `json:"attemptsLeft,omitempty"`
	Reason       string         `json:"reason,omitempty"`
}

// FieldProblem says what is wrong with one field of a request.
type FieldProblem struct {
	Field   string `json:"field" doc:"Name of the field, as in the request"`
	Problem string `json:"problem" doc:"What is wrong with it, for people"`
}

func (e *Error) Error() string {
	if e.Meta.Reason != "" {
		return fmt.Sprintf("%s (%s)", e.Code, e.Meta.Reason)
	}
	return e.Code
}

// Is makes errors.Is compare kind and code, whatever the meta.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Kind == e.Kind
}

// With returns a copy of the error with the meta.
func (e *Error) With(m Meta) *Error {
	c := *e
	c.Meta = m
	return &c
}

// saying returns a copy with another text.
func (e *Error) saying(text string) *Error {
	c := *e
	c.Text = text
	return &c
}

// because returns a copy with a reason.
func (e *Error) because(reason string) *Error { return e.With(Meta{Reason: reason}) }

// What rules and doors answer (CONTRACT.md §3, §5).
var (
	ErrInternal    = &Error{Kind: KindInternal, Code: "INTERNAL_ERROR", Text: "Something went wrong on our side. Please try again later."}
	ErrValidation  = &Error{Kind: KindInvalid, Code: "VALIDATION_FAILED", Text: "Some of the information is missing or not valid."}
	ErrAmbiguous   = &Error{Kind: KindInvalid, Code: "AMBIGUOUS_CREDENTIALS", Text: "The request carries two different credentials. Send one."}
	ErrNoRoute     = &Error{Kind: KindNotFound, Code: "NOT_FOUND", Text: "There is nothing at this address."}
	ErrMethod      = &Error{Kind: KindMethod, Code: "METHOD_NOT_ALLOWED", Text: "This address does not answer to that method."}
	ErrBodyTooLong = &Error{Kind: KindTooLarge, Code: "BODY_TOO_LARGE", Text: "The request body is too large."}
	ErrMediaType   = &Error{Kind: KindMediaType, Code: "UNSUPPORTED_MEDIA_TYPE", Text: "The request body must be application/json."}
	ErrRateLimited = &Error{Kind: KindLimited, Code: "RATE_LIMITED", Text: "Too many requests. Please try again later."}
	ErrCrossOrigin = &Error{Kind: KindForbidden, Code: "CROSS_ORIGIN", Text: "This request came from another website, which is not among the origins allowed here."}

	ErrTenantNotFound = &Error{Kind: KindNotFound, Code: "TENANT_NOT_FOUND", Text: "There is no such tenant."}
	ErrTenantInactive = &Error{Kind: KindForbidden, Code: "TENANT_INACTIVE", Text: "This tenant is not active."}
	ErrTenantDown     = &Error{Kind: KindUnavailable, Code: "TENANT_CONNECTION_MISSING", Text: "The database cannot be reached at the moment. Please try again later."}
	ErrTenantMismatch = &Error{Kind: KindForbidden, Code: "TENANT_MISMATCH", Text: "The token belongs to another tenant."}

	ErrTokenMissing = &Error{Kind: KindUnauthenticated, Code: "ACCESS_TOKEN_MISSING", Text: "The request carries no access token. Please log in."}
	ErrTokenInvalid = &Error{Kind: KindUnauthenticated, Code: "TOKEN_INVALID", Text: "The access token is not valid."}
	ErrSessionEnded = &Error{Kind: KindUnauthenticated, Code: "SESSION_NOT_FOUND", Text: "This session has ended. Please log in again."}
	ErrUserGone     = &Error{Kind: KindUnauthenticated, Code: "USER_NOT_FOUND", Text: "This account does not exist or is disabled."}
	ErrUserNotFound = &Error{Kind: KindNotFound, Code: "USER_NOT_FOUND", Text: "There is no such user."}
	ErrForbidden    = &Error{Kind: KindForbidden, Code: "FORBIDDEN", Text: "You are not allowed to do this."}

	ErrDuplicate     = &Error{Kind: KindConflict, Code: "DUPLICATE_ENTRY", Text: "An account with this information exists already."}
	ErrSpaceNotFound = &Error{Kind: KindNotFound, Code: "SPACE_NOT_FOUND", Text: "There is no such space."}
	ErrSignUpClosed  = &Error{Kind: KindForbidden, Code: "SIGN_UP_CLOSED", Text: "Sign-up is closed."}

	ErrTenantTaken   = &Error{Kind: KindConflict, Code: "DUPLICATE_ENTRY", Text: "There is, or was, a tenant with this name."}
	ErrDefaultTenant = &Error{Kind: KindConflict, Code: "DEFAULT_TENANT", Text: "This is the deployment's default tenant, which cannot be deleted."}
	ErrRoleTaken     = &Error{Kind: KindConflict, Code: "DUPLICATE_ENTRY", Text: "There is a role with this name."}
	ErrRoleNotFound  = &Error{Kind: KindNotFound, Code: "ROLE_NOT_FOUND", Text: "There is no such role."}
	ErrRoleInUse     = &Error{Kind: KindConflict, Code: "ROLE_IN_USE", Text: "Somebody has this role. Give them another one first."}
	ErrTooManyRoles  = &Error{Kind: KindConflict, Code: "TOO_MANY_ROLES", Text: "The tenant has as many roles as it may have."}
	ErrSpaceTaken    = &Error{Kind: KindConflict, Code: "DUPLICATE_ENTRY", Text: "There is a space with this name."}
	ErrLastAdmin     = &Error{Kind: KindConflict, Code: "LAST_ADMIN", Text: "This is the tenant's last admin. Make somebody else one first."}
	ErrLastSeat      = &Error{Kind: KindConflict, Code: "LAST_TENANT", Text: "This is the only tenant that the account belongs to."}
	ErrShared        = &Error{Kind: KindForbidden, Code: "FORBIDDEN", Text: "This account also belongs to other tenants, so only its owner or an operator may do this.", Meta: Meta{Reason: "shared_account"}}
	ErrUnproven      = &Error{Kind: KindConflict, Code: "DUPLICATE_ENTRY", Text: "There is an account with this address in another tenant, and nobody has proved to own the address. Send an invitation instead."}
	ErrMember        = &Error{Kind: KindConflict, Code: "ALREADY_MEMBER", Text: "This person is a member already."}
	ErrNotInvited    = &Error{Kind: KindNotFound, Code: "INVITATION_NOT_FOUND", Text: "This address has no invitation that is open."}
	ErrKeyTaken      = &Error{Kind: KindConflict, Code: "DUPLICATE_ENTRY", Text: "There is a key with this name."}
	ErrKeyNotFound   = &Error{Kind: KindNotFound, Code: "KEY_NOT_FOUND", Text: "There is no such key, or it is revoked already."}

	ErrMailNotFound = &Error{Kind: KindNotFound, Code: "MAIL_NOT_FOUND", Text: "There is no such mail, it was sent, or it is too late for it."}
	ErrKeysFixed    = &Error{Kind: KindConflict, Code: "KEYS_FIXED", Text: "Access tokens are signed with JWT_SECRET: there is no key to rotate."}

	ErrCredentials = &Error{Kind: KindUnauthenticated, Code: "INVALID_CREDENTIALS", Text: "The name or the password is not right."}
	ErrLocked      = &Error{Kind: KindLocked, Code: "ACCOUNT_LOCKED", Text: "This account is locked for devices that have not logged in to it before. The link in the mail about it unlocks it, and so does a new password."}
	ErrOverloaded  = &Error{Kind: KindUnavailable, Code: "OVERLOADED", Text: "Too many people are logging in at the moment. Please try again shortly."}
	ErrLinkInvalid = &Error{Kind: KindInvalid, Code: "INVALID_OR_EXPIRED_TOKEN", Text: "This link has expired or was used. Please ask for a new one."}
	ErrTooMany     = &Error{Kind: KindConflict, Code: "SESSION_LIMIT", Text: "This account is logged in on as many devices as it may be. Log out on one of them first."}
	ErrOTPNotSent  = &Error{Kind: KindUnavailable, Code: "OTP_SEND_FAILED", Text: "The code could not be sent. Please try again later."}
	ErrOTPWrong    = &Error{Kind: KindUnauthenticated, Code: "INVALID_OTP", Text: "The code is not right."}
	ErrOTPGone     = &Error{Kind: KindUnauthenticated, Code: "OTP_EXPIRED_OR_INVALID", Text: "The code has expired or was used. Please log in again."}

	ErrRefreshMissing = &Error{Kind: KindUnauthenticated, Code: "REFRESH_TOKEN_NOT_FOUND", Text: "The request carries no refresh token."}
	ErrRefreshInvalid = &Error{Kind: KindUnauthenticated, Code: "INVALID_REFRESH_TOKEN", Text: "The refresh token is not valid. Please log in again."}
	ErrRefreshExpired = &Error{Kind: KindUnauthenticated, Code: "REFRESH_TOKEN_EXPIRED", Text: "The session has expired. Please log in again."}
	ErrRefreshReused  = &Error{Kind: KindUnauthenticated, Code: "INVALID_REFRESH_HASH", Text: "The refresh token was used before, so the session was ended. Please log in again."}
	ErrNoSuchSession  = &Error{Kind: KindNotFound, Code: "SESSION_NOT_FOUND", Text: "There is no such session, or it has ended."}
)

// Errors is the whole catalogue.
func Errors() []*Error {
	return []*Error{
		ErrInternal, ErrValidation, ErrAmbiguous, ErrNoRoute, ErrMethod, ErrBodyTooLong, ErrMediaType, ErrRateLimited, ErrCrossOrigin,
		ErrTenantNotFound, ErrTenantInactive, ErrTenantDown, ErrTenantMismatch,
		ErrTokenMissing, ErrTokenInvalid, ErrSessionEnded, ErrUserGone, ErrUserNotFound, ErrForbidden,
		ErrDuplicate, ErrSpaceNotFound, ErrSignUpClosed,
		ErrTenantTaken, ErrDefaultTenant, ErrRoleTaken, ErrRoleNotFound, ErrRoleInUse, ErrTooManyRoles, ErrSpaceTaken,
		ErrLastAdmin, ErrLastSeat, ErrShared, ErrUnproven, ErrMember, ErrNotInvited, ErrKeyTaken, ErrKeyNotFound, ErrMailNotFound, ErrKeysFixed,
		ErrCredentials, ErrLocked, ErrOverloaded, ErrLinkInvalid, ErrTooMany, ErrOTPNotSent, ErrOTPWrong, ErrOTPGone,
		ErrRefreshMissing, ErrRefreshInvalid, ErrRefreshExpired, ErrRefreshReused, ErrNoSuchSession,
	}
}
