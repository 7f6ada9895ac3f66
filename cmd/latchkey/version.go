package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// version is set at build time: go build -ldflags "-X main.version=v1.2.3".
var version string

// A build is where this binary comes from. What is not known is empty.
type build struct {
	Version  string `json:"version"` // v1.2.3, or devel
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"` // the checkout had changes of its own
	Date     string `json:"date"`     // of the commit, RFC 3339: the build itself leaves no date, so that it can be repeated
	Go       string `json:"go"`
}

// readBuild joins what the linker was told with what the go command noted.
func readBuild(linked string, info *debug.BuildInfo) build {
	if info == nil {
		return build{Version: cmp.Or(linked, "devel")}
	}
	b := build{Version: linked, Go: info.GoVersion}
	if b.Version == "" && info.Main.Version != "(devel)" {
		b.Version = info.Main.Version
	}
	b.Version = cmp.Or(b.Version, "devel")
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// String returns the line that people read.
func (b build) String() string {
	commit := cmp.Or(b.Commit, "unknown commit")
	if b.Modified {
		commit += " with changes"
	}
	return fmt.Sprintf("latchkey %s (%s, %s) %s", b.Version, commit, cmp.Or(b.Date, "unknown date"), cmp.Or(b.Go, "unknown Go"))
}

// thisBuild tells of the running binary.
func thisBuild() build {
	info, _ := debug.ReadBuildInfo() // nil without module support, which readBuild knows
	return readBuild(version, info)
}

// versionCmd prints where the binary comes from.
type versionCmd struct {
	JSON bool `name:"json" help:"Print a JSON object."`
}

// Run prints one line, or with --json an object.
func (c *versionCmd) Run(w *console) error {
	b := thisBuild()
	if c.JSON {
		return printJSON(w.Out, b)
	}
	_, err := fmt.Fprintln(w.Out, b)
	return err
}
