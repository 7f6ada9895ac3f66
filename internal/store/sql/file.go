package sql

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/latchkey/latchkey/internal/auth"
)

var (
	errLost    = fmt.Errorf("%w: the database file is missing or empty: put it back from a backup", auth.ErrUnavailable)
	errForeign = errors.New("the file is the database of another program: name another file")
)

// makeFile makes the file before SQLite does, which would let others read it.
// What SQLite puts beside it gets the same mode.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil { // #nosec G703 -- the operator names the path
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // #nosec G703 -- likewise
	if err != nil {
		return err
	}
	return f.Close()
}

func there(path string) bool {
	_, err := os.Stat(path) // #nosec G703 -- likewise
	return err == nil
}

// filled tells whether there is a file that is not empty.
func filled(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// look tells whether a file is a new one, in which there is nothing yet. It
// changes nothing, so that a file that is not ours is left as it is.
func (s *Store) look(ctx context.Context, c Config) (fresh bool, err error) {
	if !filled(c.Path) {
		return true, nil
	}
	i, err := inspectFile(ctx, c, s.dialect)
	if err != nil {
		return false, err
	}
	schema, err := i.Schema(ctx)
	switch err = errors.Join(err, i.Close()); {
	case err != nil:
		return false, err
	case schema.Foreign:
		return false, errForeign
	case schema.Have == 0 && c.Existing:
		return false, errLost
	}
	return schema.Have == 0, nil
}
