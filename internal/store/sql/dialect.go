package sql

import (
	"io/fs"

	"github.com/pressly/goose/v3"
)

// dialect is what one kind of database has of its own. The statements are not
// in it: they are written in the SQL that SQLite and PostgreSQL share.
type dialect struct {
	goose      goose.Dialect
	migrations fs.FS
	begin      string // starts a transaction that will write
	changes    string // asks for a number that others' commits change
	// What a SELECT says behind it to hold the rows, or to keep others from
	// changing them, and the statement that holds a name; "": there is one writer,
	// which need not. leased says that what somebody else holds is passed over.
	hold, share, holdName, leased string
	// head reads where a directory's record ends, and holds that.
	head  string
	cross string // joins so that the left side leads
	// hasten lets the commits of the writer's connection return before they are
	// on disk, in their order; settle undoes it and puts what was written there.
	hasten string
	settle []string
	// down tells of a driver's error whether it means that the database cannot
	// be used. The transaction in which it came counts as lost.
	down func(error) bool
}
