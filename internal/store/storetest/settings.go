package storetest

import (
	"errors"
	"slices"
	"strconv"

	"github.com/latchkey/latchkey/internal/auth"
)

// settingsAreCompared: with those kept before, and nothing older.
func settingsAreCompared(t T, s auth.Store) {
	w := settle(t, s, "default")
	notes := 0
	for _, step := range []struct {
		digests map[string]string
		changed []string // nil: no note is asked for
	}{
		{map[string]string{"c": "1", "a": "1"}, nil}, // nothing was kept before
		{map[string]string{"a": "1", "c": "1"}, nil},
		{map[string]string{"a": "1", "c": "2"}, []string{"c"}},
		{map[string]string{"a": "1", "c": "2", "Ü": "1", "b": ""}, []string{"b", "Ü"}},
		{map[string]string{"a": "1", "c": "2", "Ü": "1", "b": ""}, nil},
		{map[string]string{"c": "1", "b": "1", "Ü": "1"}, []string{"a", "b", "c"}},
		{map[string]string{"c": "1", "b": "1", "Ü": "1", "a": "1"}, []string{"a"}}, // what had gone came back
		{map[string]string{"d": "1"}, []string{"a", "b", "c", "d", "Ü"}},
		{map[string]string{"d": "1"}, nil},
	} {
		var asked []string
		err := s.SettingsInForce(bg, step.digests, func(changed []string) auth.Note {
			asked = slices.Clone(changed)
			return w.note(auth.ActionSettings, start)
		})
		must(t, err, "SettingsInForce")
		same(t, "names of settings that changed", asked, step.changed)
		if step.changed != nil {
			notes++
		}
		w.wrote(auth.ActionSettings, notes)
		for name := range step.digests { // it is the caller's
			step.digests[name] = "scribble"
		}
	}
}

// oneCallerNotesTheSettings: of those who start with the same change at the same
// time; the first ever change nothing.
func oneCallerNotesTheSettings(t T, s auth.Store) {
	w := settle(t, s, "default")
	for i := range 2 * rounds {
		errs := race(callers, func(int) error {
			return s.SettingsInForce(bg, map[string]string{"a": strconv.Itoa(i), "b": "1"}, func([]string) auth.Note {
				return w.note(auth.ActionSettings, start)
			})
		})
		must(t, errors.Join(errs...), "SettingsInForce")
		w.wrote(auth.ActionSettings, i)
	}
}
