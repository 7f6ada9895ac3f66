package main

import (
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// settingFlags gives a command a flag for each setting. A command embeds it and
// is made with [newSettingFlags]. The flags know no defaults and no
// environment, so that where a value comes from stays known.
type settingFlags struct {
	Table   kong.Plugins `embed:""`
	EnvFile *string      `name:"latchkey-env-file" hidden:"" placeholder:"FILE" help:"Read this file instead of .env; off for none."`
}

// newSettingFlags makes the flags from the table.
func newSettingFlags() settingFlags {
	var fields []reflect.StructField
	for _, s := range table() {
		help := s.help
		if preset := s.standard + s.derived; preset != "" {
			help += " (default: " + preset + ")"
		}
		tag := kongTag("name", s.flag()) + kongTag("group", s.group) + kongTag("placeholder", "VALUE") + kongTag("help", help)
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
