// Package wire is the JSON that every door speaks (CONTRACT.md §2, §5): how the
// input of a rule is read, strictly, and how its result or its error is told.
// Which requests there are, and how they travel, it does not know.
package wire
