// Package directory makes many databases look like one: a [Pool] is an
// auth.Store that sends every call to the database of the directory that it is
// about, opens databases on first use, bounds how many are open, and closes
// those that nobody uses. A database that is slow or broken harms no other.
//
// It knows no kind of database and neither a URL nor a file: [Config.Open] does.
// It holds no records and has no rules; what it remembers of a directory is only
// that it is open, that it could not be opened, or that it has mail.
package directory
