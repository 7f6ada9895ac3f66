package check

import (
	"os"
	"regexp"
	"testing"

	"sigs.k8s.io/yaml"
)

var settingLine = regexp.MustCompile("(?m)^\\| `([A-Z][A-Z0-9_]*)` \\|")

// settings are the names in the manual, which is made from the program.
func settings(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{"LATCHKEY_ENV_FILE": true}
	for _, m := range settingLine.FindAllStringSubmatch(read(t, "../../docs/settings.md"), -1) {
		names[m[1]] = true
	}
	if len(names) < 30 {
		t.Fatalf("docs/settings.md has %d settings: it is laid out in another way", len(names))
	}
	return names
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// decode reads YAML; what the type does not know is an error.
func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
}
