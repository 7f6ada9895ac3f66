package seeds

import (
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// Origin says where in a seed something is.
type Origin struct {
	Table string // or collection
	ID    string // as somebody else made it; it may be any text
}

// Row is a row of a seed and what it is on this side.
type Row[T any] struct {
	Origin
	Value T
	// Deleted: it is marked as deleted in the seed, and is to be passed over.
	Deleted bool
	// Wrong says why nothing can be made of it, by the names that the fields have in
	// the seed. It repeats no value.
	Wrong []auth.FieldProblem
	// Left is what belongs to the row and does not come with it, or not as it is.
	Left []Left
}

// Left is a row that does not come along as it is, though the one that it
// belongs to does.
type Left struct {
	Origin
	Deleted bool
	Wrong   []auth.FieldProblem
}

// wrong adds a reason for which nothing can be made of a row.
func (r *Row[T]) wrong(field, problem string) {
	r.Wrong = append(r.Wrong, auth.FieldProblem{Field: field, Problem: problem})
}

// leave adds something that is left behind; field is "" for what is deleted.
func (r *Row[T]) leave(o Origin, field, problem string) {
	l := Left{Origin: o, Deleted: field == ""}
	if !l.Deleted {
		l.Wrong = []auth.FieldProblem{{Field: field, Problem: problem}}
	}
	r.Left = append(r.Left, l)
}

// batch is how many rows are read at once.
const batch = 500

// The answers to a URL that cannot be read. They do not repeat the URL,
// which has a password in it.
var (
	errMongoURL    = errors.New("the URI is not one such as mongodb://user:password@host:27017/, or names a host that DNS does not know")
	errPostgresURL = errors.New("the URL is not one such as postgres://user:password@host:5432/database")
)
