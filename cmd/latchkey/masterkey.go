package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// keyOf returns the key of the settings, else that of the file beside the
// database. The file is made with a new database, and only then: to make one
// for a database that has lost its key would lock everybody out of what was
// sealed with the old one.
func keyOf(s Settings) ([]byte, error) {
	if s.MasterKey != "" {
		return []byte(s.MasterKey.Reveal()), nil
	}
	path := s.DatabasePath + ".key"
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if _, err := os.Stat(s.DatabasePath); err == nil {
		// A process that starts with us may have made both since we looked.
		if key, err := readKey(path); !errors.Is(err, fs.ErrNotExist) {
			return key, err
		}
		return nil, fmt.Errorf("the key file %s is missing, but its database is there: restore the file, or set LATCHKEY_SECRET", path)
	}
	if err := makeKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make key file %s: %w; make the folder writable, or choose another with DATABASE_URL", path, err)
	}
	return readKey(path) // ours, or that of a process that started with us
}

func readKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path) // #nosec G304 -- the operator names the path
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != auth.MasterKeySize {
		return nil, fmt.Errorf("the key file %s does not hold %d bytes in base64: restore it, or set LATCHKEY_SECRET", path, auth.MasterKeySize)
	}
	return key, nil
}

// makeKey writes a new key to a file that must not be there yet. It is written
// beside and linked into place, so that nobody ever reads half of it, and is on
// disk before anything is sealed with it.
func makeKey(path string) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, ".latchkey-key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	key := make([]byte, auth.MasterKeySize)
	if _, err := rand.Read(key); err != nil {
		return errors.Join(err, file.Close())
	}
	_, err = fmt.Fprintln(file, base64.StdEncoding.EncodeToString(key))
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

func syncFolder(path string) error {
	folder, err := os.Open(path) // #nosec G304 -- the operator names the path
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
