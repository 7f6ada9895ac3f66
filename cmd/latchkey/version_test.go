package main

import (
	"bytes"
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVersionComesFromTheBuild(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "abc123"}, {Key: "vcs.time", Value: "2026-01-31T09:26:45Z"}, {Key: "vcs.modified", Value: "true"},
	}}
	installed := &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v1.1.0"}}
	for _, tt := range []struct {
		name, linked string
		info         *debug.BuildInfo
		want         build
		line         string
	}{
		{"a release", "v1.2.3", info, build{"v1.2.3", "abc123", true, "2026-01-31T09:26:45Z", "go1.26.0"},
			"latchkey v1.2.3 (abc123 with changes, 2026-01-31T09:26:45Z) go1.26.0"},
		{"a checkout", "", info, build{"devel", "abc123", true, "2026-01-31T09:26:45Z", "go1.26.0"},
			"latchkey devel (abc123 with changes, 2026-01-31T09:26:45Z) go1.26.0"},
		{"go install", "", installed, build{Version: "v1.1.0", Go: "go1.26.0"}, "latchkey v1.1.0 (unknown commit, unknown date) go1.26.0"},
		{"nothing known", "", nil, build{Version: "devel"}, "latchkey devel (unknown commit, unknown date) unknown Go"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := readBuild(tt.linked, tt.info)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got.String() != tt.line {
				t.Errorf("got %q, want %q", got, tt.line)
			}
		})
	}
}

func TestVersionPrints(t *testing.T) {
	var out bytes.Buffer
	w := &console{Out: &out}
	if err := (&versionCmd{}).Run(w); err != nil || !strings.HasPrefix(out.String(), "latchkey ") {
		t.Errorf("printed %q, error %v", out.String(), err)
	}
	out.Reset()
	if err := (&versionCmd{JSON: true}).Run(w); err != nil {
		t.Fatal(err)
	}
	var got build
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Go != runtime.Version() || got.Version == "" {
		t.Errorf("printed %s, error %v", out.String(), err)
	}
}
