package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/latchkey/latchkey/internal/auth"
)

// removal is a deployment that moves from one home to another.
type removal struct {
	from, to       Settings
	key            []byte // the master key of both
	vault          *auth.Vault
	source, target database
	// unseals says whether a directory is given up its own place; nil: none is.
	unseals func(auth.Directory) (bool, error)
}

// newRemoval reads where both ends are. Nothing is opened or made.
func newRemoval(base Settings, c *storeCopyCmd) (*removal, error) {
	m := &removal{from: base}
	var err error
	if c.From != "" {
		if m.from, err = base.at(c.From); err != nil {
			return nil, misuse("--from " + err.Error())
		}
	}
	if m.to, err = base.at(c.To); err != nil {
		return nil, misuse("--to " + err.Error())
	}
	if m.from.home().String() == m.to.home().String() || m.from.DatabasePath != "" && resolved(m.from.DatabasePath) == resolved(m.to.DatabasePath) {
		return nil, misuse("--from and --to are the same database")
	}
	if m.from.DatabasePath != "" {
		if _, err := os.Stat(m.from.DatabasePath); err != nil {
			return nil, fmt.Errorf("there is no database at %s: --from or DATABASE_URL names it", m.from.DatabasePath)
		}
	}
	if m.from.DatabaseURL != "" && m.from.MasterKey == "" {
		return nil, errors.New("LATCHKEY_SECRET is not set: it is the master key of the deployment that is copied")
	}
	if m.key, err = keyOf(m.from); err != nil {
		return nil, err
	}
	if m.vault, err = auth.NewVault(m.key); err != nil {
		return nil, err
	}
	m.unseals = m.unsealing(c.MoveTenants)
	return m, nil
}

// at are the settings of a deployment whose data is elsewhere.
func (s Settings) at(url string) (Settings, error) {
	s.DatabaseURL, s.DatabasePath, s.ReadURL = "", "", ""
	err := readDatabaseURL(&s, url)
	return s, err
}

// open opens both ends. The target's key comes before it: a database never
// exists without one.
func (m *removal) open(ctx context.Context) (err error) {
	if m.source, err = m.from.home().open(ctx, m.vault, true); err != nil {
		return fmt.Errorf("open database %s: %w", m.from.home(), err)
	}
	if err := checkMasterKey(ctx, m.source, m.vault, m.from); err != nil {
		return err
	}
	if m.to.DatabasePath != "" && m.to.MasterKey == "" {
		if err := m.keepKey(); err != nil {
			return err
		}
	}
	if m.target, err = m.to.home().open(ctx, m.vault, false); err != nil {
		return fmt.Errorf("open database %s: %w", m.to.home(), err)
	}
	if err := checkMasterKey(ctx, m.target, m.vault, m.to); err != nil {
		return fmt.Errorf("%s is of another deployment: %w", m.to.home(), err)
	}
	return nil
}

// Close closes both ends.
func (m *removal) Close() (err error) {
	if m.source != nil {
		err = m.source.Close()
	}
	if m.target != nil {
		err = errors.Join(err, m.target.Close())
	}
	return err
}
