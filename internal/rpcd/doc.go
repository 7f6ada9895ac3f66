// Package rpcd is the Nest door: it turns the commands of a NestJS gateway into
// calls of the rules in package auth, and their results into envelopes
// (CONTRACT.md §8). It decides nothing and knows nothing of sockets and frames,
// which are package nest's.
//
// Who sends a command was let in by its address or its certificate. What it
// says of a user is believed only as far as it names a living session.
package rpcd
