package main

import (
	"strings"
	"testing"
)

// seedHash is bcrypt at its cheapest, as the seeds make it, of seedPassword.
const (
	seedHash     = "$2b$04$IRsr6zJH/BYFpmA4IyXCEeyJ6YaHebD0o.3eD4PvBePg6p23R9evO"
	seedPassword = "lantern-quiet-42"
)

// newcomer is a deployment with a database and nothing in it.
func newcomer(t *testing.T, environ ...string) *deployment {
	t.Helper()
	port := freePort(t)
	d := &deployment{t: t, dir: t.TempDir(), base: "http://localhost:" + port}
	d.environ = append([]string{"DATABASE_URL=sqlite:a.db", "AUTH_SERVICE_HTTP_PORT=" + port, "LOGIN_OTP=off", "RATE_LIMITS=off"}, environ...)
	if out, errs, code := d.shell("", "migrate"); code != 0 {
		t.Fatal(out, errs)
	}
	return d
}

// imports runs an import of a seed and returns what it says of rows that are out
// of the ordinary, and the numbers.
func (d *deployment) imports(wantCode int, args ...string) (rows, tallies string) {
	d.t.Helper()
	out, errs, code := d.shell("", append([]string{"import"}, args...)...)
	if code != wantCode || strings.Contains(out+errs, "c4n4ry") || strings.Contains(out+errs, seedHash[7:15]) {
		d.t.Errorf("latchkey import: exit code %d, want %d\n%s%s", code, wantCode, out, errs)
	}
	var tally []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, " read, ") {
			tally = append(tally, line)
		} else {
			rows += line
		}
	}
	return rows, strings.Join(tally, "")
}
