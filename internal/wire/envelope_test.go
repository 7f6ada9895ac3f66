package wire_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/wire"
)

var noon = time.Date(2026, 1, 31, 18, 26, 45, 867_900_000, time.FixedZone("KST", 9*3600))

// TestEnvelope is as CONTRACT.md §2 has it: what there is, in that order.
func TestEnvelope(t *testing.T) {
	done := auth.Outcome{Code: "DONE", Text: "It is done."}
	tries := 0
	pages := wire.Success(done, []string{}, noon)
	pages.Meta.Pages = &wire.Pages{Total: 21, Page: 3, PageSize: 10, TotalPages: 3}
	list := wire.Success(done, []string{"a"}, noon)
	list.Meta.NextCursor = "c"
	for name, tt := range map[string]struct {
		envelope wire.Envelope
		want     string
	}{
		"a success": {wire.Success(done, true, noon), `{"message":"It is done.","data":true,"meta":{"status":"success","code":"DONE"},"ts":"2026-01-31T09:26:45.867Z"}`},
		"an error": {wire.Failure(auth.ErrForbidden, "r1", noon),
			`{"message":"You are not allowed to do this.","data":null,"meta":{"status":"error","code":"FORBIDDEN","requestId":"r1"},"ts":"2026-01-31T09:26:45.867Z"}`},
		"what a caller can act on": {wire.Failure(auth.ErrOTPWrong.With(auth.Meta{Field: "otp", AttemptsLeft: &tries, RetryAfter: 3, Reason: "x", Fields: []auth.FieldProblem{{Field: "f", Problem: "p"}}}), "r1", noon),
			`{"message":"The code is not right.","data":null,"meta":{"status":"error","code":"INVALID_OTP","field":"otp","fields":[{"field":"f","problem":"p"}],"retryAfter":3,"attemptsLeft":0,"reason":"x","requestId":"r1"},"ts":"2026-01-31T09:26:45.867Z"}`},
		"a page": {pages, `{"message":"It is done.","data":[],"meta":{"status":"success","code":"DONE","total":21,"page":3,"pageSize":10,"totalPages":3},"ts":"2026-01-31T09:26:45.867Z"}`},
		"a list": {list, `{"message":"It is done.","data":["a"],"meta":{"status":"success","code":"DONE","nextCursor":"c"},"ts":"2026-01-31T09:26:45.867Z"}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := json.Marshal(tt.envelope); err != nil || string(got) != tt.want {
				t.Errorf("got\n%s, %v, want\n%s", got, err, tt.want)
			}
		})
	}
}

// told is a result that says what it is.
type told struct{}

// Outcome says so.
func (told) Outcome() auth.Outcome { return auth.OutcomeOTPSent }

// TestOutcomeOf is what a result says, else what is said of it.
func TestOutcomeOf(t *testing.T) {
	for _, tt := range []struct {
		result any
		want   auth.Outcome
	}{{told{}, auth.OutcomeOTPSent}, {true, auth.OutcomeLogin}, {nil, auth.OutcomeLogin}} {
		if got := wire.OutcomeOf(tt.result, auth.OutcomeLogin); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.result, got, tt.want)
		}
	}
}

// TestStatus: every error of the catalogue has one that fits its kind, and one
// whose kind was forgotten is a fault of ours.
func TestStatus(t *testing.T) {
	want := map[auth.Kind]int{
		auth.KindInternal: 500, auth.KindInvalid: 400, auth.KindUnauthenticated: 401, auth.KindForbidden: 403, auth.KindNotFound: 404,
		auth.KindMethod: 405, auth.KindConflict: 409, auth.KindTooLarge: 413, auth.KindMediaType: 415, auth.KindLocked: 423,
		auth.KindLimited: 429, auth.KindUnavailable: 503, auth.KindUnavailable + 1: 500, -1: 500,
	}
	for kind, status := range want {
		if got := wire.Status(kind); got != status {
			t.Errorf("kind %d: got %d, want %d", kind, got, status)
		}
	}
	for _, e := range auth.Errors() {
		if _, known := want[e.Kind]; !known || (wire.Status(e.Kind) == 500) != (e == auth.ErrInternal) {
			t.Errorf("%s has the status %d", e.Code, wire.Status(e.Kind))
		}
	}
}
