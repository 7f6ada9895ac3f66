package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keepKey puts the master key beside the target, where it was beside the source.
// A key that is there already must be this one.
func (m *removal) keepKey() error {
	path := m.to.DatabasePath + ".key"
	there, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := writeKey(path, m.key); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("make key file %s: %w; make the folder writable, or choose another with --to", path, err)
		}
		there, err = readKey(path)
	}
	if err != nil {
		return err
	}
	if !bytes.Equal(there, m.key) {
		return fmt.Errorf("%s holds another master key: it belongs to another deployment; choose another place with --to", path)
	}
	return nil
}

// writeKey writes a key to a file that must not be there yet, as [makeKey] does.
func writeKey(path string, key []byte) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, ".latchkey-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	_, err = fmt.Fprintln(file, base64.StdEncoding.EncodeToString(key))
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}
