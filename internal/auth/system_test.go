package auth_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestSystem: what is known of the machine is told, with the time of the answer.
func TestSystem(t *testing.T) {
	s := ruled(t)
	op := s.operator(t, home)
	known := auth.System{Version: "v1", StartedAt: s.clock.Now(), Database: auth.SystemDatabase{Kind: "sqlite", LatencyMS: 2000}, Mail: auth.SystemMail{OK: true, Dead: 3}}
	for name, machine := range map[string]func(context.Context) auth.System{
		"nothing is known": nil,
		"a database away":  func(context.Context) auth.System { return known },
	} {
		s.Machine = machine
		want := auth.System{}
		if machine != nil {
			want = known
		}
		want.Now = s.clock.Now()
		got, err := s.System(t.Context(), op, struct{}{})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}
