package e2e

import "testing"

// operatorKey makes a key for somebody who runs the deployment.
func (s *server) operatorKey(t *testing.T) string {
	t.Helper()
	var made struct{ Key string }
	s.run(t, &made, "operator-key", "create", "--name", "pages")
	secret(made.Key)
	return made.Key
}

// TestConsole walks through the console.
func TestConsole(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off"}))
	t.Run("an operator comes in and leaves", func(t *testing.T) {
		p := b.read(t, s, "/admin")
		p.look(t, "console-enter")
		p.fill(t, "key", "lko_nothing")
		p.press(t, "Open the console")
		p.shows(t, "That key is not one of ours")
		p.fill(t, "key", s.operatorKey(t))
		p.press(t, "Open the console")
		if got := p.path(t); got != "/admin/tenants" {
			t.Errorf("the operator is at %s", got)
		}
	})
}
