package ui

import (
	"cmp"
	"maps"
	"slices"
)

// code is an error code, whatever the operation.
type code struct {
	Name     string
	Anchor   anchor
	Meanings []answer // one a status and text
	Entries  []*entry // that answer with it
}

// index lists the error codes of all operations, by name.
func index(entries []*entry) []code {
	codes := map[string]*code{}
	for _, e := range entries {
		for _, a := range e.Errors {
			if a.Code == "" {
				continue
			}
			c := codes[a.Code]
			if c == nil {
				c = &code{Name: a.Code, Anchor: a.Anchor}
				codes[a.Code] = c
			}
			if !slices.ContainsFunc(c.Meanings, func(m answer) bool { return m.Status == a.Status && m.Text == a.Text }) {
				c.Meanings = append(c.Meanings, a)
			}
			if !slices.Contains(c.Entries, e) {
				c.Entries = append(c.Entries, e)
			}
		}
	}
	var all []code
	for _, name := range slices.Sorted(maps.Keys(codes)) {
		slices.SortStableFunc(codes[name].Meanings, func(a, b answer) int { return cmp.Compare(a.Status, b.Status) })
		all = append(all, *codes[name])
	}
	return all
}

// share moves the errors that at least a third of the operations have behind
// those that tell of the operation; their examples stand in the index alone.
func share(entries []*entry, codes []code) {
	common := map[string]bool{}
	for _, c := range codes {
		common[c.Name] = len(c.Entries) > 1 && 3*len(c.Entries) >= len(entries)
	}
	for _, e := range entries {
		var own []answer
		for _, a := range e.Errors {
			if common[a.Code] {
				a.Example = ""
				e.Shared = append(e.Shared, a)
			} else {
				own = append(own, a)
			}
		}
		e.Errors = own
	}
}
