package sql

import (
	"context"
	"maps"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	settingsAll   = "SELECT name, digest FROM settings_seen"
	settingSet    = "INSERT INTO settings_seen (name, digest) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET digest = excluded.digest"
	settingDelete = "DELETE FROM settings_seen WHERE name = $1"
)

// SettingsInForce implements [auth.Registry].
func (s *Store) SettingsInForce(ctx context.Context, digests map[string]string, note func(changed []string) auth.Note) error {
	return s.write(ctx, "SettingsInForce", func(t *tx) error {
		if err := holdName(t, "settings"); err != nil {
			return err
		}
		kept := map[string]string{}
		err := t.all(settingsAll, func(row scanner) error {
			var name, digest string
			err := row.Scan(&name, &digest)
			kept[name] = digest
			return err
		})
		if err != nil {
			return err
		}
		changed := differing(kept, digests)
		for _, name := range changed {
			if err := keepSetting(t, name, digests); err != nil {
				return err
			}
		}
		if len(kept) == 0 || len(changed) == 0 {
			return nil
		}
		return addNote(t, note(changed))
	})
}

// keepSetting keeps what the digest of a setting is now, if it has one.
func keepSetting(t *tx, name string, digests map[string]string) error {
	digest, ok := digests[name]
	if !ok {
		_, err := t.exec(settingDelete, name)
		return err
	}
	_, err := t.exec(settingSet, name, digest)
	return err
}

// differing returns the names that have another value in b than in a, or stand
// in one of them only, sorted.
func differing(a, b map[string]string) []string {
	names := map[string]bool{}
	for name, old := range a {
		if now, ok := b[name]; !ok || now != old {
			names[name] = true
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
