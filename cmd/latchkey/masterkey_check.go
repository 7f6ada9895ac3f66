package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// errOtherKey: nothing of the record was chained with this key.
var errOtherKey = errors.New("the master key is not the one that this database was made with: set LATCHKEY_SECRET or restore the key file")

// checkedLinks is how much of the record is looked at: one event that somebody
// tampered with does not make a right key a wrong one.
const checkedLinks = 50

// checkMasterKey refuses a master key that is not the database's. It must open
// the signing keys and, since with JWT_SECRET there may be none, have chained
// some of the newest events.
func checkMasterKey(ctx context.Context, control database, v *auth.Vault, s Settings) error {
	ring, err := auth.NewKeyRing(control, v, auth.KeyConfig{Life: s.AccessLife}, time.Now)
	if err != nil {
		return err
	}
	if err := ring.Load(ctx); err != nil {
		return err
	}
	ours, err := chained(ctx, control, v)
	if err != nil {
		return fmt.Errorf("read the record: %w", err)
	}
	if !ours {
		return errOtherKey
	}
	return nil
}

// chained reports whether a link among the newest was made with this key, or
// there is none to tell by.
func chained(ctx context.Context, r auth.Records, v *auth.Vault) (bool, error) {
	last, _, err := r.TrailEnd(ctx, auth.DefaultDirectory)
	if err != nil || last == 0 {
		return true, err
	}
	links, err := r.Trail(ctx, auth.DefaultDirectory, max(0, last-checkedLinks), checkedLinks)
	if err != nil {
		return false, err
	}
	if len(links) == 0 || links[0].Number > 1 && len(links) == 1 { // what a link is chained to is not there
		return true, nil
	}
	var before auth.Link
	for _, l := range links {
		if l.Number == before.Number+1 && bytes.Equal(l.Hash, v.Chain(before.Hash, l.Number, l.Event)) {
			return true, nil
		}
		before = l
	}
	return false, nil
}
