package guard

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// What is refused, and how (CONTRACT.md §3).
var (
	errTokenMissing    = Error{Status: 401, Code: CodeTokenMissing, Message: "The request carries no access token. Please log in."}
	errTokenInvalid    = Error{Status: 401, Code: CodeTokenInvalid, Message: "The access token is not valid."}
	errKeyRevoked      = errTokenInvalid.because("revoked")
	errSessionEnded    = Error{Status: 401, Code: CodeSessionEnded, Message: "This session has ended. Please log in again."}
	errUserGone        = Error{Status: 401, Code: CodeUserGone, Message: "This account does not exist or is disabled."}
	errTenantMismatch  = Error{Status: 403, Code: CodeTenantMismatch, Message: "The token belongs to another tenant."}
	errOtherFeed       = Error{Status: 403, Code: CodeTenantMismatch, Message: "The token belongs to another tenant than this service."}
	errTenantInactive  = Error{Status: 403, Code: CodeTenantInactive, Message: "This tenant is not active."}
	errForbidden       = Error{Status: 403, Code: CodeForbidden, Message: "You are not allowed to do this."}
	errCrossOrigin     = Error{Status: 403, Code: CodeCrossOrigin, Message: "This request came from another website, which is not among the origins allowed here."}
	errAmbiguous       = Error{Status: 400, Code: CodeAmbiguous, Message: "The request carries two different credentials. Send one."}
	errCookies         = Error{Status: 400, Code: CodeInvalid, Reason: "cookie", Message: "The request carries too many cookies."}
	errPath            = Error{Status: 400, Code: CodeInvalid, Reason: "path", Message: "The path can be read in two ways. Send it in its plain form."}
	errFeedSilent      = Error{Status: 503, Code: CodeRevocationUnknown, Message: "Whether this session has ended cannot be told at the moment. Please try again shortly.", RetryAfter: 5}
	errKeysUnavailable = Error{Status: 503, Code: CodeKeysUnavailable, Message: "The token cannot be checked at the moment. Please try again shortly.", RetryAfter: 5}
	errInternal        = Error{Status: 500, Code: CodeInternal, Message: "Something went wrong on our side. Please try again later."}
)

// because returns a copy with a reason.
func (e Error) because(reason string) Error {
	e.Reason = reason
	return e
}

// envelope is every answer of Latchkey (CONTRACT.md §2), in this order.
type envelope struct {
	HTTPStatus int             `json:"httpStatus"`
	Message    string          `json:"message"`
	Data       json.RawMessage `json:"data"`
	Meta       meta            `json:"meta"`
	TS         string          `json:"ts"`
}

type meta struct {
	Status     string `json:"status"`
	Code       string `json:"code"`
	Reason     string `json:"reason,omitempty"`
	RetryAfter int    `json:"retryAfter,omitempty"`
}

const timeLayout = "2006-01-02T15:04:05.000Z"

func refuse(w http.ResponseWriter, _ *http.Request, err error) {
	e := errInternal
	errors.As(err, &e)
	body, err := json.Marshal(envelope{
		HTTPStatus: e.Status, Message: e.Message, Data: json.RawMessage("null"),
		Meta: meta{"error", e.Code, e.Reason, e.RetryAfter}, TS: time.Now().UTC().Format(timeLayout),
	})
	if err != nil { // it is made of strings
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(e.RetryAfter))
	}
	if e.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", challenge(e))
	}
	w.WriteHeader(e.Status)
	// Who no longer listens needs no answer.
	_, _ = w.Write(append(body, '\n'))
}

// challenge is WWW-Authenticate (RFC 6750 §3): no error for a request that carried nothing.
func challenge(e Error) string {
	if e.Code == CodeTokenMissing {
		return "Bearer"
	}
	return `Bearer error="invalid_token", error_description=` + strconv.QuoteToASCII(e.Message)
}
