package ui

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// manual is what the page of the documentation shows.
type manual struct {
	App, Version, Server string
	Lead                 []string // paragraphs
	Credentials          []string // how an access token may be sent
	Success, Failure     string   // the shortest example of each, to show the envelope
	Chapters             []chapter
	Codes                []code
}

// chapter is a group of operations.
type chapter struct {
	Name    string
	Anchor  anchor
	Text    []string
	Entries []*entry
}

// entry is one operation.
type entry struct {
	Method, Path       string
	Anchor             anchor
	Summary            string
	Text               []string // paragraphs
	Aliases            []string // other paths of the same operation
	Public, Deprecated bool
	Parameters         []argument
	Body               *body
	Curl               string
	Successes          []answer
	Data               []shape  // what the data of a success holds
	Errors             []answer // that tell of this operation
	Shared             []answer // that many operations have

	tag string
}

// argument is a header, or a part of the address.
type argument struct {
	field
	In, Example string
}

// body is what a request carries.
type body struct {
	Required bool
	Shapes   []shape
	Example  string // indented JSON
}

// manualOf arranges a document for reading.
func manualOf(api *openapi, app string) (*manual, error) {
	entries, err := api.entries()
	if err != nil {
		return nil, err
	}
	entries = fold(entries)
	m := &manual{
		App: app, Version: api.Info.Version, Server: api.server(), Lead: paragraphs(api.Info.Description),
		Credentials: api.credentials(), Chapters: api.chapters(entries), Codes: index(entries),
	}
	for _, e := range entries {
		m.Success = shorter(m.Success, e.Successes)
		m.Failure = shorter(m.Failure, e.Errors)
	}
	share(entries, m.Codes)
	return m, nil
}

// entries are all operations, by path.
func (a *openapi) entries() ([]*entry, error) {
	var all []*entry
	for _, path := range slices.Sorted(maps.Keys(a.Paths)) {
		for method, op := range a.Paths[path].operations() {
			e, err := a.entry(method, path, op)
			if err != nil {
				return nil, err
			}
			all = append(all, e)
		}
	}
	return all, nil
}

// fold puts a deprecated operation under the one that it repeats: same method,
// group and summary. One that repeats nothing stays, and is marked.
func fold(entries []*entry) []*entry {
	repeats := func(e *entry) bool {
		if !e.Deprecated {
			return false
		}
		main := slices.IndexFunc(entries, func(m *entry) bool {
			return !m.Deprecated && m.Method == e.Method && m.tag == e.tag && m.Summary == e.Summary
		})
		if main < 0 {
			return false
		}
		entries[main].Aliases = append(entries[main].Aliases, e.Path)
		return true
	}
	var kept []*entry
	for _, e := range entries {
		if !repeats(e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// chapters groups entries by tag, in the document's order of tags; a tag that is
// not listed there comes after, by name.
func (a *openapi) chapters(entries []*entry) []chapter {
	var all []chapter
	for _, t := range a.Tags {
		all = append(all, chapter{Name: t.Name, Text: paragraphs(t.Description)})
	}
	listed := len(all)
	for _, e := range entries {
		at := slices.IndexFunc(all, func(c chapter) bool { return c.Name == e.tag })
		if at < 0 {
			at = len(all)
			all = append(all, chapter{Name: e.tag})
		}
		all[at].Entries = append(all[at].Entries, e)
	}
	slices.SortStableFunc(all[listed:], func(a, b chapter) int { return cmp.Compare(a.Name, b.Name) })
	all = slices.DeleteFunc(all, func(c chapter) bool { return len(c.Entries) == 0 })
	for i := range all {
		all[i].Anchor = anchorOf("group", all[i].Name)
	}
	return all
}

// credentials says how an access token may be sent.
func (a *openapi) credentials() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(a.Components.Schemes)) {
		switch s := a.Components.Schemes[name]; {
		case s.Type == "http" && s.Scheme == "bearer":
			all = append(all, "Authorization: Bearer …")
		case s.In == "cookie":
			all = append(all, "Cookie: "+s.Name+"=…")
		case s.In == "header":
			all = append(all, s.Name+": …")
		}
	}
	return all
}

// shorter is the shortest example among those seen before and these.
func shorter(before string, answers []answer) string {
	for _, a := range answers {
		if a.Code != "" && (before == "" || len(a.Example) < len(before)) {
			before = a.Example
		}
	}
	return before
}

// paragraphs divides text at its empty lines.
func paragraphs(text string) []string {
	var all []string
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}
