// Package sql is the [auth.Store] on a relational database: today SQLite, in
// one file, without a server.
//
// Reads go to a pool of connections that cannot write. Writes go to one
// connection, whose [writer] commits as many waiting calls together as there
// are, so that they share one fsync; a call returns nil only after it. No
// transaction leaves the package and no closure of a caller runs inside one: an
// update reads, lets the caller change, and swaps by the row's version.
//
// The statements are the same for every database ($1, text ids, milliseconds);
// what differs stands in dialect.go, sqlite.go and migrations/. The package
// knows no rule, holds no clock, and puts no value into an error's text.
package sql
