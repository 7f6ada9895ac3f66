package main

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"
)

// envFileSetting names the .env file to read, or off for none. It is not in
// the table, since it is needed before the table can be read.
const envFileSetting = "LATCHKEY_ENV_FILE"

// sources are the places that settings come from, by name of the setting.
type sources struct {
	flags map[string]string
	env   map[string]string
	file  envFile
}

// An envFile is a .env file that has been read.
type envFile struct {
	name  string // as it is told to people
	lines []envLine
}

// found is a value and the place it comes from.
type found struct {
	text   string
	origin string // default, environment, .env:12, flag
	from   string // the same within an error line: " (from .env line 12)"
}

// find returns the first value that is not empty: of the flag, the
// environment, the file.
func (s sources) find(line setting) found {
	if text := line.trim(s.flags[line.name]); text != "" {
		return found{text, "flag", " (from --" + line.flag() + ")"}
	}
	if text := line.trim(s.env[line.name]); text != "" {
		return found{text, "environment", " (from the environment)"}
	}
	for _, l := range s.file.lines {
		if text := line.trim(l.Text); l.Name == line.name && text != "" {
			return found{text, s.file.name + ":" + strconv.Itoa(l.Line), s.file.at(l)}
		}
	}
	return found{}
}

// trim takes the spaces around a value away, but for a secret, where they count.
func (s setting) trim(text string) string {
	if s.mask == maskAll {
		return text
	}
	return strings.TrimSpace(text)
}

// at says where a line is, within an error line.
func (f envFile) at(l envLine) string {
	return " (from " + f.name + " line " + strconv.Itoa(l.Line) + ")"
}

// environment turns NAME=value lines into a map.
func environment(environ []string) map[string]string {
	env := make(map[string]string, len(environ))
	for _, variable := range environ {
		name, text, _ := strings.Cut(variable, "=")
		env[name] = text
	}
	return env
}

// readEnvFile reads .env in dir when it is there, or the file that
// LATCHKEY_ENV_FILE names, which must be there.
func readEnvFile(src sources, dir string) (envFile, problems) {
	chosen := src.find(setting{name: envFileSetting})
	name := chosen.text
	switch name {
	case "off":
		return envFile{}, nil
	case "":
		name = ".env"
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	content, err := readSmall(path)
	if errors.Is(err, errMissing) && chosen.text == "" {
		return envFile{}, nil
	}
	if err != nil {
		if chosen.text != "" {
			return envFile{}, problems{envFileSetting + chosen.from + ": " + quote(name) + " " + err.Error()}
		}
		return envFile{}, problems{name + ": " + err.Error()}
	}
	lines, faults := parseDotenv(content)
	var wrong problems
	for _, fault := range faults {
		wrong = append(wrong, name+" line "+strconv.Itoa(fault.Line)+": "+fault.Err.Error())
	}
	return envFile{name: name, lines: lines}, wrong
}
