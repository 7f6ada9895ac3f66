package ui

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIndexKeepsEveryMeaning(t *testing.T) {
	gone := func(status int, text string) answer { return answer{Status: status, Code: "GONE", Text: text} }
	first := &entry{Errors: []answer{gone(404, "It is gone."), gone(401, "It is gone.")}}
	second := &entry{Errors: []answer{gone(401, "It is gone."), gone(401, "It has ended."), {Status: 500, Text: "No code."}}}
	codes := index([]*entry{first, second})
	if len(codes) != 1 {
		t.Fatalf("got %d codes, want 1", len(codes))
	}
	want := []answer{gone(401, "It is gone."), gone(401, "It has ended."), gone(404, "It is gone.")}
	if diff := cmp.Diff(want, codes[0].Meanings); diff != "" {
		t.Errorf("meanings (-want +got)\n%s", diff)
	}
	if got := len(codes[0].Entries); got != 2 {
		t.Errorf("got %d operations, want 2", got)
	}
}

func TestShare(t *testing.T) {
	common, own := answer{Status: 500, Code: "COMMON", Example: "{}"}, answer{Status: 401, Code: "OWN", Example: "{}"}
	entries := []*entry{{Errors: []answer{own, common}}, {Errors: []answer{common}}, {}, {}}
	share(entries, index(entries))
	if diff := cmp.Diff([]answer{own}, entries[0].Errors); diff != "" {
		t.Errorf("own (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]answer{{Status: 500, Code: "COMMON"}}, entries[0].Shared); diff != "" {
		t.Errorf("shared (-want +got)\n%s", diff)
	}
}
