package ui

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// words is what a real shell makes of a command: the arguments that curl would get.
func words(t *testing.T, command string) []string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "sh", "-c", `curl() { for word; do printf '%s\0' "$word"; done; }`+"\n"+command)
	c.Env = []string{"ACCESS_TOKEN=the token", "PATH=/nowhere"}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, command)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

func TestCurl(t *testing.T) {
	const server = "https://id.example.com"
	example := func(v string) json.RawMessage { return json.RawMessage(v) }
	for name, tt := range map[string]struct {
		call call
		want []string
	}{
		"a public GET": {call{method: "GET", path: "/healthz", public: true}, []string{server + "/healthz"}},
		"with a token": {call{method: "GET", path: "/auth/me"}, []string{server + "/auth/me", "-H", "Authorization: Bearer the token"}},
		"a POST without a body": {call{method: "POST", path: "/auth/logout", public: true},
			[]string{"-X", "POST", server + "/auth/logout"}},
		"a POST with a body": {call{method: "POST", path: "/a", public: true, body: `{"a": 1}`},
			[]string{server + "/a", "-H", "Content-Type: application/json", "-d", `{"a": 1}`}},
		"another method with a body": {call{method: "PATCH", path: "/a", public: true, body: "{}"},
			[]string{"-X", "PATCH", server + "/a", "-H", "Content-Type: application/json", "-d", "{}"}},
		"whatever a shell reads": {call{method: "POST", path: "/a", public: true, body: "Ann's $HOME `id` $(id) \"x\" \\ !! * ''\n;id"},
			[]string{server + "/a", "-H", "Content-Type: application/json", "-d", "Ann's $HOME `id` $(id) \"x\" \\ !! * ''\n;id"}},
		"parameters": {
			call{method: "GET", path: "/users/{id}", public: true, parameters: []parameter{
				{Name: "id", In: "path", Required: true, Example: example(`"a/b'c"`)},
				{Name: "q", In: "query", Required: true, Example: example(`"x&y z"`)},
				{Name: "limit", In: "query", Required: true, Example: example(`20`)},
				{Name: "after", In: "query", Example: example(`"left out"`)},
				{Name: "x-a", In: "header", Required: true, Example: example(`"it's"`)},
				{Name: "x-b", In: "header", Example: example(`"left out"`)},
			}},
			[]string{server + "/users/a%2Fb%27c?q=x%26y+z&limit=20", "-H", "x-a: it's"},
		},
		"a parameter to fill in": {call{method: "DELETE", path: "/roles/{name}", public: true, parameters: []parameter{{Name: "name", In: "path"}}},
			[]string{"-X", "DELETE", "--globoff", server + "/roles/{name}"}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.call.server = server
			command := curl(tt.call)
			if diff := cmp.Diff(tt.want, words(t, command)); diff != "" {
				t.Errorf("%s\n(-want +got)\n%s", command, diff)
			}
		})
	}
}

// TestTheCommandsOnThePage copies each command as a reader does.
func TestTheCommandsOnThePage(t *testing.T) {
	root := tree(t, fixture(t))
	commands := 0
	for _, pre := range all(root, "pre") {
		if attribute(pre, "class") != "copy" {
			continue
		}
		commands++
		command := pre.FirstChild.FirstChild.Data
		got := words(t, command)
		if at := len(got) - 2; at > 0 && got[at] == "-d" && !json.Valid([]byte(got[at+1])) {
			t.Errorf("the body is no JSON any more: %s", command)
		}
		if !strings.Contains(command, "https://id.example.com/") {
			t.Errorf("no address: %s", command)
		}
	}
	if commands < 10 {
		t.Errorf("got %d commands", commands)
	}
}
