package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/latchkey/latchkey/internal/place"
)

// readDatabaseURL keeps where the data is: on a server, or in an SQLite file,
// which is made at first start.
func readDatabaseURL(s *Settings, text string) error {
	if !strings.HasPrefix(text, "sqlite:") {
		return readServerURL(s, text, "postgres://", "postgresql://", "mongodb://", "mongodb+srv://")
	}
	path, err := databasePath(text)
	if err != nil {
		return err
	}
	s.DatabasePath = s.path(path)
	return nil
}

// readMongoURI keeps the server under the seed's name for it.
func readMongoURI(s *Settings, text string) error {
	return readServerURL(s, text, "mongodb://", "mongodb+srv://")
}

// readServerURL keeps a server in place of a file.
func readServerURL(s *Settings, text string, schemes ...string) error {
	url, err := serverURL(schemes...)(text)
	if err != nil && len(schemes) > 2 {
		return errors.New("is not a database; write sqlite:PATH, postgres://… or mongodb://…")
	}
	if err == nil {
		s.DatabaseURL, s.DatabasePath = url, ""
	}
	return err
}

// readMasterKeyFile reads the master key from the file that is named.
func readMasterKeyFile(s *Settings, name string) error {
	content, err := readSmall(s.path(name))
	if err != nil {
		return fmt.Errorf("%s %w", quote(name), err)
	}
	key, err := masterKey(strings.TrimSpace(string(content)))
	if err != nil {
		return fmt.Errorf("what is in %s %w", quote(name), err)
	}
	s.MasterKey = key
	return nil
}

// readTemplates keeps the folder of the operator's mails.
func readTemplates(s *Settings, name string) error {
	info, err := os.Stat(s.path(name))
	if err != nil {
		return fmt.Errorf("%s %w", quote(name), whyUnreadable(err))
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder; write the folder that holds the templates", quote(name))
	}
	s.MailTemplates = s.path(name)
	return nil
}

// openPlaces opens the file that says where IP addresses are.
func openPlaces(s *Settings, name string) (err error) {
	if _, err := os.Stat(s.path(name)); err != nil {
		return fmt.Errorf("%s %w", quote(name), whyUnreadable(err))
	}
	if s.Places, err = place.Open(s.path(name)); err != nil {
		return fmt.Errorf("%s is %w", quote(name), err)
	}
	return nil
}

// path makes a relative path start where the settings were read.
func (s *Settings) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}

// readSmall reads a settings file of at most 1 MiB.
func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, whyUnreadable(err)
	}
	defer file.Close()
	const most = 1 << 20
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, whyUnreadable(err)
	}
	if len(content) > most {
		return nil, errors.New("is larger than 1 MiB; name another file")
	}
	return content, nil
}

var errMissing = errors.New("does not exist; make it or name another")

// whyUnreadable says the usual reasons with their mend, and the rest as the
// system does, without the path once more.
func whyUnreadable(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errMissing
	case errors.Is(err, fs.ErrPermission):
		return errors.New("may not be read; give this user the right to")
	}
	if path := new(fs.PathError); errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("cannot be read: %w; name another", err)
}
