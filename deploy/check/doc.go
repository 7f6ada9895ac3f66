// Package check tests what is in deploy: that the files can be read by the
// programs they are for, name only settings that there are, and that the binary
// of the Dockerfile runs with nothing beside it. It is a module of its own,
// because Helm brings more than a hundred others.
package check
