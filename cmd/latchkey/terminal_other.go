//go:build !linux

package main

import (
	"errors"
	"os"
)

// isTerminal reports whether somebody sits at the other end, as far as the
// system tells.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// hideTyping is known on Linux only.
func hideTyping(*os.File) (show func() error, err error) {
	return nil, errors.New("this system is not known well enough")
}
