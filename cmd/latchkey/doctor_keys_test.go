package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestDoctorKeys(t *testing.T) {
	key := func(dir string) string { return filepath.Join(dir, "data", "latchkey.db.key") }
	chmod := func(mode os.FileMode, names ...string) func(*testing.T, string) []string {
		return func(t *testing.T, dir string) []string {
			if err := os.Chmod(filepath.Join(append([]string{dir}, names...)...), mode); err != nil {
				t.Fatal(err)
			}
			return nil
		}
	}
	const another = "LATCHKEY_SECRET=3q2+796tvu/erb7v3q2+796tvu/erb7v3q2+796tvu8="
	diagnose(t, checkKeys, []illness{
		{name: "all well", want: ok("the master key opens the signing keys (1)")},
		{name: "none yet", bare: true, want: ok("there is no master key yet")},
		{name: "no signing key yet", prepare: altering("DELETE FROM signing_keys"), want: ok("there is no signing key yet")},
		{
			name: "lost", want: fail("is missing, but its database is there", "restore the file"),
			prepare: func(t *testing.T, dir string) []string {
				if err := os.Remove(key(dir)); err != nil {
					t.Fatal(err)
				}
				return nil
			},
		},
		{
			name: "half a key", want: fail("does not hold 32 bytes", "restore the file"),
			prepare: func(t *testing.T, dir string) []string { write(t, key(dir), "Y2FuYXJ5\n"); return nil },
		},
		{name: "another key", environ: []string{another}, want: fail("does not open", "LATCHKEY_SECRET")},
		{name: "readable", prepare: chmod(0o640, "data", "latchkey.db.key"), want: fail("mode 0640", "chmod 600")},
		{name: "in a folder for all to see", prepare: chmod(0o755, "data"), want: warn("others can look into it", "chmod 700")},
		{name: "in a folder for all to change", prepare: chmod(0o777, "data"), want: fail("another key in its place", "chmod 700")},
		{
			name: "of another user", want: fail("belongs to user 1, the database to user 2", "chown 2 "),
			change: func(p *patient) {
				p.kernel.owner = func(info os.FileInfo) (int, bool) {
					return map[bool]int{true: 1, false: 2}[filepath.Ext(info.Name()) == ".key"], true
				}
			},
		},
		{
			name: "a mounted secret", bare: true, want: warn("mode 0644", "chmod 600"),
			prepare: func(t *testing.T, dir string) []string {
				write(t, filepath.Join(dir, "master"), key32)
				return append(chmod(0o644, "master")(t, dir), "LATCHKEY_SECRET_FILE=master")
			},
		},
		{
			name: "overdue", change: func(p *patient) { p.now = func() time.Time { return time.Now().Add(92 * day) } },
			want: warn("should have been replaced 2d", "start the service"),
		},
		{
			name: "old, and not replaced", environ: []string{"KEY_ROTATION=off"}, want: warn("KEY_ROTATION is off", "latchkey keys rotate"),
			change: func(p *patient) { p.now = func() time.Time { return time.Now().Add(400 * day) } },
		},
		{name: "a shared secret", environ: []string{"JWT_SECRET=qyRkTq0vLJmZ8dA1fXW3uNeHc7sBgP5i"}, want: ok("tokens are signed with JWT_SECRET")},
		{name: "a shared secret that is typed", environ: []string{"JWT_SECRET=my-very-long-jwt-secret-for-production"}, want: fail("JWT_SECRET holds a word", "openssl rand")},
		{name: "a master key that is typed", bare: true, environ: []string{"LATCHKEY_SECRET=" + key32}, want: warn("LATCHKEY_SECRET", "openssl rand")},
	})
}

func TestWeakSecrets(t *testing.T) {
	for secret, want := range map[string]string{
		"":                                     "",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "has only 1 different characters",
		"abcabcabdabdabcabcabdabdabcabcabd":    "has only 4 different characters",
		"kT9fQ2mX7cR4wZ1pkT9fQ2mX7cR4wZ1p":     "repeats itself after 16 characters",
		"SuperSecretKeyForOurProduction42":     "holds a word that everybody tries",
		"01234567890123456789qwertzuiopas":     "holds a word that everybody tries",
		"9f86d081884c7d659a2feaa0c55ad015":     "", // hexadecimal
		"qyRkTq0vLJmZ8dA1fXW3uNeHc7sBgP5i":     "",
	} {
		if got := weak(secret); got != want {
			t.Errorf("%q: got %q, want %q", secret, got, want)
		}
	}
}
