package storetest

import (
	"slices"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// Copied is a store that can be copied.
type Copied interface {
	auth.Store
	auth.Rows
}

// RunRows tests that a store comes back whole from its rows. What is put is put
// into the same store after everything was dropped from it, which tells of
// dropping, too.
func RunRows(t *testing.T, open func(t *testing.T) Copied) {
	for _, p := range rowPromises() {
		t.Run(p.name, func(t *testing.T) { p.keep(t, open(t)) })
	}
}

func rowPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"RowsAreEverything", rowsAreEverything},
		{"RowsHaveOneSpelling", rowsHaveOneSpelling},
		{"RowsComeInPages", rowsComeInPages},
		{"PuttingAgainChangesNothing", puttingAgainChangesNothing},
		{"ARowReplacesAnother", aRowReplacesAnother},
		{"AnAccountTakesItsNames", anAccountTakesItsNames},
		{"DroppedRowsAreGone", droppedRowsAreGone},
		{"RowsThatCannotBeReadChangeNothing", rowsThatCannotBeReadChangeNothing},
		{"SessionsLiveOnInACopy", sessionsLiveOnInACopy},
		{"TheRecordGoesOnInACopy", theRecordGoesOnInACopy},
		{"MailsGoOutOfACopy", mailsGoOutOfACopy},
		{"ACopyIsSwept", aCopyIsSwept},
	}
}

// rowsIn is a store as rows.
func rowsIn(t T, s auth.Store) auth.Rows {
	t.Helper()
	r, ok := s.(auth.Rows)
	if !ok {
		t.Fatalf("%T has no rows", s)
	}
	return r
}

// rowsOf reads all rows of a kind, in pages.
func rowsOf(t T, s auth.Store, kind string, page int) []auth.Row {
	t.Helper()
	var all []auth.Row
	after := ""
	for {
		rows, err := rowsIn(t, s).Rows(bg, kind, after, page)
		must(t, err, "Rows of "+kind)
		if len(rows) > page {
			t.Fatalf("Rows of %s: got %d, want %d at most", kind, len(rows), page)
		}
		for _, r := range rows {
			if r.Kind != kind || r.Key <= after {
				t.Fatalf("Rows of %s after %q: got %s %q", kind, after, r.Kind, r.Key)
			}
			after = r.Key
		}
		all = append(all, rows...)
		if len(rows) < page {
			return all
		}
	}
}

// everything reads all rows.
func everything(t T, s auth.Store) map[string][]auth.Row {
	t.Helper()
	all := map[string][]auth.Row{}
	for _, kind := range auth.RowKinds() {
		all[kind] = rowsOf(t, s, kind, 100)
	}
	return all
}

// put puts rows in the order of their kinds, two at a time.
func put(t T, s auth.Store, all map[string][]auth.Row) {
	t.Helper()
	for _, kind := range auth.RowKinds() {
		for rows := range slices.Chunk(all[kind], 2) {
			must(t, rowsIn(t, s).PutRows(bg, rows), "PutRows of "+kind)
		}
	}
}

// cleared drops all rows, in the order in which nothing is referred to by what
// is left.
func cleared(t T, s auth.Store, all map[string][]auth.Row) {
	t.Helper()
	for _, kind := range slices.Backward(auth.RowKinds()) {
		var keys []string
		for _, r := range all[kind] {
			keys = append(keys, r.Key)
		}
		must(t, rowsIn(t, s).DropRows(bg, kind, keys), "DropRows of "+kind)
	}
	for kind, rows := range everything(t, s) {
		same(t, "rows of "+kind+" after all were dropped", rows, []auth.Row(nil))
	}
}

// copied takes everything out of a store and puts it back.
func copied(t T, s auth.Store) {
	t.Helper()
	all := everything(t, s)
	cleared(t, s, all)
	put(t, s, all)
}
