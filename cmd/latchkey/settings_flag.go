package main

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// settingFlags gives a command a flag for each setting. A command embeds it and
// is made with [equip]. The flags know no defaults and no environment, so that
// where a value comes from stays known.
//
// Two tags at the field say more. leave names settings for which the command
// has no flag, since it means something else by it. quiet:"" leaves all but
// DATABASE_URL out of the command's help; they are taken all the same.
type settingFlags struct {
	Table   kong.Plugins `embed:""`
	EnvFile *string      `name:"latchkey-env-file" hidden:"" placeholder:"FILE" help:"Read this file instead of .env; off for none."`
}

// equip gives the command that args name its flags for settings. The others
// need none, and to make all of them would take longer than most commands do.
func equip(command reflect.Value, args []string) {
	for i := range command.NumField() {
		field := command.Type().Field(i)
		if field.Type == reflect.TypeFor[settingFlags]() {
			_, quiet := field.Tag.Lookup("quiet")
			made := newSettingFlags(quiet, strings.Fields(field.Tag.Get("leave")))
			command.Field(i).FieldByName("Table").Set(reflect.ValueOf(made.Table))
		}
	}
	for n, arg := range args {
		if strings.HasPrefix(arg, "-") { // such as --help
			continue
		}
		for i := range command.NumField() {
			field := command.Type().Field(i)
			if _, ok := field.Tag.Lookup("cmd"); ok && commandName(field) == arg {
				equip(command.Field(i), args[n+1:])
			}
		}
		return
	}
}

// commandName is what a command is called on the command line.
func commandName(field reflect.StructField) string {
	return cmp.Or(field.Tag.Get("name"), strings.ToLower(field.Name))
}

// newSettingFlags makes the flags from the table.
func newSettingFlags(quiet bool, leave []string) settingFlags {
	var fields []reflect.StructField
	for _, s := range table() {
		if slices.Contains(leave, s.name) {
			continue
		}
		help := s.help
		if preset := s.standard + s.derived; preset != "" {
			help += " (default: " + preset + ")"
		}
		tag := kongTag("name", s.flag()) + kongTag("group", s.group) + kongTag("placeholder", "VALUE") + kongTag("help", help)
		if quiet && s.name != "DATABASE_URL" {
			tag += kongTag("hidden", "")
		}
		fields = append(fields, reflect.StructField{
			Name: s.name, // capitals and underscores: an exported Go name as it is
			Type: reflect.TypeFor[*string](),
			Tag:  reflect.StructTag(tag),
		})
	}
	return settingFlags{Table: kong.Plugins{reflect.New(reflect.StructOf(fields)).Interface()}}
}

// given returns the flags that were on the command line, by setting name.
func (f settingFlags) given() map[string]string {
	flags := map[string]string{}
	if f.EnvFile != nil {
		flags[envFileSetting] = *f.EnvFile
	}
	for _, plugin := range f.Table {
		values := reflect.ValueOf(plugin).Elem()
		for i := range values.NumField() {
			if text, ok := values.Field(i).Interface().(*string); ok && text != nil {
				flags[values.Type().Field(i).Name] = *text
			}
		}
	}
	return flags
}

// kongTag writes one part of a struct tag. Kong reads a dollar sign in help as
// the start of a variable; doubled, it is itself.
func kongTag(key, text string) string {
	return key + `:"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", "$$").Replace(text) + `" `
}

// kebab turns a setting's name into its flag's.
func kebab(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "_", "-")
}
