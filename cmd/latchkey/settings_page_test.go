package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the files that tests compare with")

const settingsPage = "../../docs/settings.md"

// TestSettingsPage holds docs/settings.md against the table.
func TestSettingsPage(t *testing.T) {
	want := writePage(table())
	if *update {
		if err := os.WriteFile(settingsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(settingsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/settings.md is not as the table says; run go test ./cmd/latchkey -run Settings -update\n%s", diff)
	}
}

// writePage writes the manual's page about settings.
func writePage(lines []setting) string {
	var page strings.Builder
	page.WriteString(pageHead)
	group := ""
	cell := strings.NewReplacer("|", `\|`, "<", "&lt;")
	for _, s := range lines {
		if s.group != group {
			group = s.group
			page.WriteString("\n## " + group + "\n\n| name | default | meaning |\n| --- | --- | --- |\n")
		}
		preset := s.derived
		if s.standard != "" {
			preset = "`" + s.standard + "`"
		}
		meaning := s.help
		if s.mask == maskAll {
			meaning += " *Secret.*"
		}
		page.WriteString("| `" + s.name + "` | " + cell.Replace(preset) + " | " + cell.Replace(meaning) + " |\n")
	}
	page.WriteString(pageFoot)
	return page.String()
}

const pageHead = "<!-- Made by: go test ./cmd/latchkey -run Settings -update -->\n" + `# Settings

Each setting is an environment variable, a line in the file ` + "`.env`" + ` of the working directory, and a flag of
` + "`latchkey serve`, `dev` and `config`" + `: ` + "`JWT_EXPIRES_IN`" + ` is also ` + "`--jwt-expires-in`" + `. A flag wins over the environment, the
environment over ` + "`.env`" + `, and that over the default. Set to nothing is not set. Prefer the environment or the file
for secrets: everyone on the machine can read a command line.

` + "`latchkey config`" + ` prints what is in force and where each value comes from, secrets masked (` + "`--json`" + ` for programs,
` + "`--dev`" + ` as latchkey dev would see it). A value that is wrong stops the start with one line that says how to mend it.
So does an unknown ` + "`LATCHKEY_…`" + ` and a name that is nearly a setting's. Other names in ` + "`.env`" + ` may belong to
services that share it; ` + "`latchkey config`" + ` lists them.

Durations are a number and a unit, or several: ` + "`15m`, `7d`, `1h30m`; `ms`, `s`, `m`, `h`, `d`, `w`" + `. A bare number is refused.
`

const pageFoot = `
## The .env file

One ` + "`NAME=value`" + ` a line, ` + "`export `" + ` before it if you like. ` + "`#`" + ` at the start of a line or after a space begins a comment.
'Single quotes' keep everything as it is; in "double quotes" ` + "`\\n`, `\\\"` and `\\\\`" + ` are a line break, a quote and a backslash.
A quoted value ends on its line, and nothing is expanded. A line that cannot be read stops the start.
` + "`LATCHKEY_ENV_FILE`" + ` in the environment, or ` + "`--latchkey-env-file`" + `, names another file; ` + "`off`" + ` reads none.
`
