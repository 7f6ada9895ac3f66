package main

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/latchkey/latchkey/internal/auth"
)

// inForce says which values a program runs with, ready to be printed.
type inForce struct {
	Values []shown
	Unused []string // names in the .env file that are no settings
}

// shown is one setting as `latchkey config` prints it, secrets masked.
type shown struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin string `json:"origin"` // default, environment, .env:12, flag
}

// problems are everything that is wrong with the settings, a line each.
type problems []string

// Error returns one line for each problem.
func (p problems) Error() string { return strings.Join(p, "\n") }

// loadSettings reads the settings: flags (by setting name) over environ (as
// [os.Environ] gives it) over the .env file in dir over defaults. A name that is
// set to nothing is not set. All that is wrong comes back as one error of
// type [problems], in the order of the table; none of its lines holds a secret.
func loadSettings(mode runMode, flags map[string]string, environ []string, dir string) (Settings, inForce, error) {
	src := sources{flags: flags, env: environment(environ)}
	file, wrong := readEnvFile(src, dir)
	if wrong != nil {
		// What the lines that cannot be read would have set is not known, so
		// nothing further could be said for certain.
		return Settings{}, inForce{}, wrong
	}
	src.file = file

	lines := table()
	wrong, unused := strangers(src, lines)
	load := loading{settings: Settings{dir: dir, Values: map[string]auth.Secret{}}, wrong: map[string]string{}, found: map[string]found{}}
	force := inForce{Unused: unused}
	for _, line := range lines {
		value := load.read(mode, line, src.find(line))
		load.settings.Values[line.name] = auth.Secret(value.text)
		force.Values = append(force.Values, shown{line.name, line.mask.show(value.text), value.origin})
	}
	load.keep(mode, rules())
	for _, line := range lines {
		if text, ok := load.wrong[line.name]; ok {
			wrong = append(wrong, text)
		}
	}
	if wrong != nil {
		return Settings{}, inForce{}, wrong
	}
	return load.settings, force, nil
}

// loading is what is known while the table is read.
type loading struct {
	settings Settings
	found    map[string]found
	wrong    map[string]string // problem by setting: the first is enough
}

// read checks one setting and keeps it.
func (l *loading) read(mode runMode, line setting, value found) found {
	if value.text == "" {
		value = found{text: line.fallback(mode, &l.settings), origin: "default"}
	}
	l.found[line.name] = value
	if value.text == "" {
		return value
	}
	if err := printable(line, value.text); err != nil {
		l.blame(line.name, err.Error())
	} else if err := line.check(&l.settings, value.text); err != nil {
		l.blame(line.name, err.Error())
	}
	return value
}

// keep checks the rules between settings that are right each for itself.
func (l *loading) keep(mode runMode, rules []rule) {
	for _, r := range rules {
		if slices.ContainsFunc(r.of, func(name string) bool { return l.wrong[name] != "" }) {
			continue
		}
		set := func(name string) bool { return l.found[name].text != "" && l.found[name].origin != "default" }
		if broken := r.broken(mode, &l.settings, set); broken != "" {
			l.blame(r.of[0], broken)
		}
	}
}

// blame writes the line: the variable, where it was set, what is wrong and the mend.
func (l *loading) blame(name, why string) {
	l.wrong[name] = name + l.found[name].from + ": " + why
}

// printable refuses what would break a line of a log, a mail header or a
// table. Passwords may hold anything.
func printable(line setting, text string) error {
	if line.mask != maskAll && (!utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl)) {
		return errors.New("holds a control character or is not UTF-8; write it on one line, as plain text")
	}
	return nil
}
