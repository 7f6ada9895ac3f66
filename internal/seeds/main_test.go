package seeds_test

import (
	"iter"
	"os"
	"testing"

	"github.com/latchkey/latchkey/internal/seeds"
	"github.com/latchkey/latchkey/internal/testserver"
)

func TestMain(m *testing.M) { os.Exit(testserver.Run(m)) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// all reads all rows, by id.
func all[T any](t *testing.T, rows iter.Seq2[seeds.Row[T], error]) (ids []string, byID map[string]seeds.Row[T]) {
	t.Helper()
	byID = map[string]seeds.Row[T]{}
	for row, err := range rows {
		must(t, err)
		ids, byID[row.ID] = append(ids, row.ID), row
	}
	return ids, byID
}
