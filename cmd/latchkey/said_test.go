package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestAnswersOfTheRulesAreSaid(t *testing.T) {
	plainly := errors.New("disk full")
	for _, c := range []struct {
		err  error
		want string
	}{
		{plainly, "disk full"},
		{auth.ErrForbidden, "You are not allowed to do this. (FORBIDDEN)"},
		{fmt.Errorf("doing: %w", auth.ErrKeyNotFound), "There is no such key, or it is revoked already. (KEY_NOT_FOUND)\n  latchkey operator-key list and latchkey api-key list show the keys"},
		{auth.ErrValidation.With(auth.Meta{Fields: []auth.FieldProblem{{Field: "email", Problem: "is required"}, {Field: "name", Problem: "is too long"}}}),
			"Some of the information is missing or not valid. (VALIDATION_FAILED)\n  email is required\n  name is too long"},
	} {
		if got := said(c.err).Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if said(nil) != nil {
		t.Error("nothing wrong is something wrong")
	}
}
