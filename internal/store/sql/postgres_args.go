package sql

import (
	"regexp"
	"slices"
	"strconv"
	"sync"
)

// statement is a statement as PostgreSQL takes it: numbered without gaps, with
// the places of its arguments among those of the original.
type statement struct {
	text   string
	places []int
}

var (
	numbered  = regexp.MustCompile(`\$[0-9]+`)
	compacted sync.Map
)

// exact returns a statement and its arguments without those that it does not
// use: SQLite passes over them, PostgreSQL refuses. The statements are those of
// this package, so what is kept of them has an end.
func exact(query string, args []any) (string, []any) {
	found, ok := compacted.Load(query)
	if !ok {
		found, _ = compacted.LoadOrStore(query, compact(query))
	}
	st := found.(statement) //nolint:forcetypeassert // nothing else is stored
	if len(st.places) == len(args) {
		return st.text, args
	}
	used := make([]any, len(st.places))
	for i, place := range st.places {
		used[i] = args[place]
	}
	return st.text, used
}

// compact numbers the parameters of a statement without gaps.
func compact(query string) statement {
	var places []int
	for _, name := range numbered.FindAllString(query, -1) {
		n, _ := strconv.Atoi(name[1:]) // digits
		if !slices.Contains(places, n-1) {
			places = append(places, n-1)
		}
	}
	slices.Sort(places)
	text := numbered.ReplaceAllStringFunc(query, func(name string) string {
		n, _ := strconv.Atoi(name[1:]) // digits
		return "$" + strconv.Itoa(slices.Index(places, n-1)+1)
	})
	return statement{text, places}
}
