package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNestUsers(t *testing.T) {
	b := &bench{people: []*person{{email: "ann@bench.example", access: tokenForTest(t)}}}
	got, err := b.nestUsers()
	if err != nil {
		t.Fatal(err)
	}
	want := []nestUser{{ID: "user-1", Username: "ann", Name: "Person", Email: "ann@bench.example", Role: "admin", SessionID: "session-1"}}
	want[0].CreatedAt, want[0].UpdatedAt = got[0].CreatedAt, got[0].CreatedAt
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// What is compared with is one version, also where others run the bench.
func TestNestPackagesArePinned(t *testing.T) {
	type packages struct {
		Version      string            `json:"version"`
		Dependencies map[string]string `json:"dependencies"`
	}
	var asked packages
	var locked struct {
		Packages map[string]packages `json:"packages"`
	}
	for name, into := range map[string]any{"nest/package.json": &asked, "nest/package-lock.json": &locked} {
		text, err := nestFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if got := asked.Dependencies["@nestjs/microservices"]; got != "11.2.6" {
		t.Errorf("@nestjs/microservices %s, want 11.2.6", got)
	}
	for name, want := range asked.Dependencies {
		if got := locked.Packages["node_modules/"+name].Version; got != want {
			t.Errorf("%s: locked at %q, asked for %q", name, got, want)
		}
	}
}
