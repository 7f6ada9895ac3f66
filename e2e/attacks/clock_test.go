package attacks

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clockSource is the clock of a build whose time the suite says: that of the
// file "clock" in its folder, where it stands still; without the file, the
// machine's own.
const clockSource = `package main

import (
	"os"
	"strings"
	"time"
)

func toldTime() time.Time {
	text, err := os.ReadFile("clock")
	if err != nil {
		return time.Now()
	}
	at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(text)))
	if err != nil {
		panic(err)
	}
	return at
}
`

// clockPlaces are where the wall clock enters: in cmd, which hands it to all
// others, and where a package takes it for want of another. What measures how
// long something takes, or how old something in memory is, goes by the monotonic
// clock, which no change of the wall clock moves: it stays.
var clockPlaces = []struct {
	file     string
	old, new string
	times    int
}{
	{"cmd/latchkey/app.go", "vault, c, time.Now)", "vault, c, toldTime)", 1},               // keys
	{"cmd/latchkey/app.go", "Log: a.log, Now: time.Now,", "Log: a.log, Now: toldTime,", 2}, // rules, outbox
	{"cmd/latchkey/app.go", "jwt.Config{Issuer: issuer,", "jwt.Config{Now: toldTime, Issuer: issuer,", 1},
	{"cmd/latchkey/work.go", "time.Now()", "toldTime()", 1},
}

// buildWithClock builds a latchkey whose time can be told. Where the suites
// attack a weakened build, the weakness is in this one, too: its overlay lies
// beside it (weaken_test.go).
func buildWithClock(t *testing.T) string {
	t.Helper()
	replace, dir := map[string]string{}, t.TempDir()
	if beside, err := os.ReadFile(filepath.Join(filepath.Dir(binary), "overlay.json")); err == nil {
		var list struct{ Replace map[string]string }
		if err := json.Unmarshal(beside, &list); err != nil {
			t.Fatal(err)
		}
		maps.Copy(replace, list.Replace)
	}
	put := func(file, source string) {
		name, err := filepath.Abs(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		replace[name] = filepath.Join(dir, filepath.Base(file))
		if err := os.WriteFile(replace[name], []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	changed := map[string]string{}
	for _, p := range clockPlaces {
		if changed[p.file] == "" {
			changed[p.file] = overlaid(t, replace, p.file)
		}
		if n := strings.Count(changed[p.file], p.old); n != p.times {
			t.Fatalf("%s has %q %d times, want %d: the clock enters elsewhere by now", p.file, p.old, n, p.times)
		}
		changed[p.file] = strings.ReplaceAll(changed[p.file], p.old, p.new)
	}
	for file, source := range changed {
		put(file, source)
	}
	put("cmd/latchkey/told_time.go", clockSource)
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay, to := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "latchkey")
	if err := os.WriteFile(overlay, list, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := build(to, "-overlay", overlay); err != nil {
		t.Fatal(err)
	}
	return to
}

// overlaid reads a file as a weakened build has it.
func overlaid(t *testing.T, replace map[string]string, file string) string {
	t.Helper()
	name, err := filepath.Abs(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	if weak, ok := replace[name]; ok {
		name = weak
	}
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// tell sets a server's clock; it stands still from then on.
func (s *server) tell(at time.Time) {
	s.t.Helper()
	name := filepath.Join(s.dir, "clock")
	if err := os.WriteFile(name+".new", []byte(at.UTC().Format(time.RFC3339Nano)), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil { // nobody reads half of it
		s.t.Fatal(err)
	}
}
