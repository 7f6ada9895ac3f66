// Package sql is the [auth.Store] on a relational database: today SQLite, in
// one file, without a server.
//
// Reads go to a pool of connections that cannot write. Writes go to one
// connection, whose [writer] commits as many waiting calls together as there
// are, so that they share one fsync; a call returns nil only after it. No
// transaction leaves the package. A closure of a caller that may take its time
// runs outside of them: an update reads, lets the caller change, and swaps by
// the row's version. What makes a note or a link's hash, and the change of an
// account, which does nothing but decide, run inside.
//
// The record of a directory is a chain, so that its writes follow each other
// whatever the database. The row of audit_heads is where they meet.
//
// The statements are the same for every database ($1, text ids, milliseconds);
// what differs stands in dialect.go, sqlite.go and migrations/. The package
// knows no rule, holds no clock, and puts no value into an error's text.
package sql
