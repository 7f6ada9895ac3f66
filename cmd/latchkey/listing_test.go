package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestAListIsReadInPages(t *testing.T) {
	type thing struct{ N int }
	for _, c := range []struct{ most, want int }{{0, 250}, {1, 1}, {100, 100}, {101, 101}, {250, 250}, {999, 250}} {
		var asked []string
		var out strings.Builder
		more, err := printPages(&out, true, "N", func(thing) []string { return nil }, c.most, func(in auth.PageInput) (p auth.Page[thing], err error) {
			asked = append(asked, in.Limit)
			at, limit := 0, 0
			if in.Cursor != "" {
				if _, err := fmt.Sscan(in.Cursor, &at); err != nil {
					return p, err
				}
			}
			if _, err := fmt.Sscan(in.Limit, &limit); err != nil {
				return p, err
			}
			for ; at < 250 && len(p.Items) < limit; at++ {
				p.Items = append(p.Items, thing{at})
			}
			if at < 250 {
				p.Next = fmt.Sprint(at)
			}
			return p, nil
		})
		var got []thing
		if err == nil {
			err = json.Unmarshal([]byte(out.String()), &got)
		}
		if more != (c.want < 250) {
			t.Errorf("at most %d: more is %t", c.most, more)
		}
		if err != nil || len(got) != c.want || len(got) > 0 && got[len(got)-1].N != c.want-1 {
			t.Errorf("at most %d: got %d in pages of %v, %v", c.most, len(got), asked, err)
		}
	}
}

func TestListsForPeopleAndPrograms(t *testing.T) {
	row := func(s string) []string { return []string{s, "x"} }
	for _, c := range []struct {
		asJSON bool
		all    []string
		want   string
	}{
		{true, nil, "[]\n"},
		{true, []string{"<a>", "b"}, "[\n  \"<a>\",\n  \"b\"\n]\n"},
		{false, nil, "NAME  LAST CELL\n"},
		{false, []string{"", "long\x1b[31m name"}, "NAME            LAST CELL\n-               x\nlong [31m name  x\n"},
	} {
		var out strings.Builder
		if err := printAll(&out, c.asJSON, "NAME, LAST CELL", row, c.all); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, out.String()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}
