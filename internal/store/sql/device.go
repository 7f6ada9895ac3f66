package sql

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	deviceByID = "SELECT directory, user_id, id, generation, seen_at FROM devices WHERE directory = $1 AND user_id = $2 AND id = $3"
	// Neither number goes back: of two logins at once the later one counts.
	deviceSeen = `INSERT INTO devices (directory, user_id, id, generation, seen_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (directory, user_id, id) DO UPDATE SET
			generation = CASE WHEN devices.generation < excluded.generation THEN excluded.generation ELSE devices.generation END,
			seen_at = CASE WHEN devices.seen_at < excluded.seen_at THEN excluded.seen_at ELSE devices.seen_at END`
	deviceForget  = "DELETE FROM devices WHERE directory = $1 AND user_id = $2 AND id = $3"
	devicesForget = `DELETE FROM devices WHERE directory = $1 AND user_id = $2
		AND id <> COALESCE((SELECT device FROM sessions WHERE directory = $1 AND id = $3 AND user_id = $2), '')`
)

func scanDevice(row scanner) (d auth.Device, err error) {
	var seen int64
	err = row.Scan(&d.Directory, &d.User, &d.ID, &d.Generation, &seen)
	d.SeenAt = at(seen)
	return d, err
}

// Device implements [auth.Sessions].
func (s *Store) Device(ctx context.Context, directory, user, id string) (auth.Device, error) {
	var d auth.Device
	err := s.readOne(ctx, "Device", deviceByID, into(&d, scanDevice), directory, user, id)
	return d, err
}

// remember keeps the device of a new session, if it has one.
func remember(t *tx, v auth.Session, generation int64) error {
	if v.Device == "" {
		return nil
	}
	_, err := t.exec(deviceSeen, v.Directory, v.User, v.Device, generation, ms(v.CreatedAt))
	return err
}

func forget(t *tx, directory, user, device string) error {
	_, err := t.exec(deviceForget, directory, user, device)
	return err
}
