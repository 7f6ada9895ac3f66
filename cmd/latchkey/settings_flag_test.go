package main

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// give sets flags as the command line would.
func give(t *testing.T, f settingFlags, set map[string]string) {
	t.Helper()
	values := reflect.ValueOf(f.Table[0]).Elem()
	for name, text := range set {
		field := values.FieldByName(name)
		if !field.IsValid() {
			t.Fatalf("there is no flag for %s", name)
		}
		field.Set(reflect.ValueOf(&text))
	}
}

// parse runs arguments through kong as main does.
func parse(t *testing.T, out *bytes.Buffer, args ...string) (*configCmd, error) {
	t.Helper()
	cli := struct {
		Config configCmd `cmd:""`
	}{configCmd{settingFlags: newSettingFlags(false, nil)}}
	parser, err := kong.New(&cli, kong.Name("latchkey"), kong.Writers(out, out), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(append([]string{"config"}, args...))
	return &cli.Config, err
}

func TestSettingsFlagsAreTheTable(t *testing.T) {
	t.Setenv("APP_NAME", "kong must not read this")
	var out bytes.Buffer
	c, err := parse(t, &out)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.given(); len(got) != 0 {
		t.Errorf("nothing was given, got %v", got)
	}
	want := map[string]string{envFileSetting: "off"}
	args := []string{"--latchkey-env-file=off", "--json"}
	for _, s := range table() {
		want[s.name] = "-$x of " + s.name
		args = append(args, "--"+s.flag()+"="+want[s.name])
	}
	if c, err = parse(t, &out, args...); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, c.given()); diff != "" || !c.JSON {
		t.Errorf("--json is %v, -want +got:\n%s", c.JSON, diff)
	}
	if _, err := parse(t, &out, "--jwt-secrt=x"); err == nil {
		t.Error("an unknown flag is taken")
	}
}

func TestSettingsFlagsHaveHelp(t *testing.T) {
	var out bytes.Buffer
	if _, err := parse(t, &out, "--help"); err != nil {
		t.Fatal(err)
	}
	help := strings.Join(strings.Fields(out.String()), " ")
	for _, s := range table() {
		if !strings.Contains(help, "--"+s.flag()+"=VALUE") || !strings.Contains(help, s.help) || !strings.Contains(help, s.group) {
			t.Errorf("--%s is not explained", s.flag())
		}
	}
	if strings.Contains(help, "--latchkey-env-file") {
		t.Error("--latchkey-env-file is not hidden")
	}
}

// TestEveryCommandTakesSettings: whatever the command, its flags are made, and
// it can be told where the database is.
func TestEveryCommandTakesSettings(t *testing.T) {
	var walk func(reflect.Type, []string)
	leaves := 0
	walk = func(command reflect.Type, path []string) {
		nested := false
		for field := range command.Fields() {
			if _, ok := field.Tag.Lookup("cmd"); ok {
				nested = true
				walk(field.Type, append(slices.Clone(path), commandName(field)))
			}
		}
		if nested || len(path) == 0 {
			return
		}
		leaves++
		var line commands
		var out bytes.Buffer
		equip(reflect.ValueOf(&line).Elem(), append([]string{"--help"}, path...))
		parser, err := kong.New(&line, kong.Name("latchkey"), kong.Writers(&out, &out), kong.Exit(func(int) {}))
		if err != nil {
			t.Fatal(err)
		}
		// That arguments are missing is no matter: help comes first.
		if _, err := parser.Parse(append(slices.Clone(path), "--help")); err != nil && out.Len() == 0 {
			t.Errorf("%s: %v", path, err)
		}
		if !strings.Contains(out.String(), "--database-url") && path[0] != "version" && path[0] != "gateway" {
			t.Errorf("%s has no flag for the database:\n%s", path, out.String())
		}
	}
	walk(reflect.TypeFor[commands](), nil)
	if leaves < 30 {
		t.Errorf("there are %d commands", leaves)
	}
}
