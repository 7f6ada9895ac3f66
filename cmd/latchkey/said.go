package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// misuse is a command line that cannot be meant.
type misuse string

func (m misuse) Error() string { return string(m) }

// said turns an answer of the rules into what a command says: the text and the
// code, a line for each field, and where to look.
func said(err error) error {
	var e *auth.Error
	if !errors.As(err, &e) {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s (%s)", e.Text, e.Code)
	fields := e.Meta.Fields
	if e.Meta.Field != "" && len(fields) == 0 {
		fmt.Fprintf(&text, "\n  see %s", e.Meta.Field)
	}
	for _, f := range fields {
		fmt.Fprintf(&text, "\n  %s %s", f.Field, f.Problem)
	}
	if mend := mends(e); mend != "" {
		text.WriteString("\n  " + mend)
	}
	return errors.New(text.String())
}

// mends says where to look, where the answer itself does not.
func mends(e *auth.Error) string {
	switch {
	case errors.Is(e, auth.ErrTenantNotFound):
		return "latchkey tenant list shows the tenants; --tenant and DEFAULT_TENANT name one"
	case errors.Is(e, auth.ErrUserNotFound):
		return "latchkey user list --search shows the users of a tenant; --tenant names another one"
	case errors.Is(e, auth.ErrRoleNotFound):
		return "latchkey role list shows the roles of a tenant"
	case errors.Is(e, auth.ErrSpaceNotFound):
		return "latchkey tenant space list shows the spaces of a tenant"
	case errors.Is(e, auth.ErrKeyNotFound):
		return "latchkey operator-key list and latchkey api-key list show the keys"
	case errors.Is(e, auth.ErrTenantDown):
		return "latchkey doctor looks at the databases"
	}
	return ""
}
