package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// checkKeys looks at the master key, where it lies, and what it opens.
func checkKeys(ctx context.Context, p *patient) []finding {
	found := checkSecrets(p.settings)
	key, more := findMasterKey(p)
	found = append(found, more...)
	switch {
	case key != nil && p.db != nil:
		return append(found, checkSigningKeys(ctx, p, p.db, key)...)
	case key != nil && p.mongo != nil:
		return append(found, checkSigningKeys(ctx, p, p.mongo, key)...)
	}
	return found
}

// findMasterKey returns the key that a start would use; nil when there is none.
func findMasterKey(p *patient) ([]byte, []finding) {
	s := p.settings
	if s.MasterKey != "" {
		key := []byte(s.MasterKey.Reveal())
		if p.keyFile == "" {
			return key, []finding{ok("the master key comes from LATCHKEY_SECRET")}
		}
		return key, append([]finding{ok("the master key comes from %s", p.keyFile)}, checkKeyFile(p, p.keyFile, warning)...)
	}
	path := s.DatabasePath + ".key"
	key, err := readKey(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && p.fresh():
		return nil, []finding{ok("there is no master key yet; the first start makes it at %s", path)}
	case errors.Is(err, fs.ErrNotExist):
		return nil, []finding{fail("the key file "+path+" is missing, but its database is there", "restore the file from where you keep it, or set LATCHKEY_SECRET to the key; without it nothing that was sealed opens")}
	case err != nil:
		return nil, []finding{fail(err.Error(), "restore the file, let this user read it, or set LATCHKEY_SECRET")}
	}
	return key, append([]finding{ok("the master key comes from %s", path)}, checkKeyFile(p, path, failing)...)
}

// checkKeyFile looks at who else can have the key. A file that the platform
// mounts is often readable for all within its container, so how bad that is,
// the caller says.
func checkKeyFile(p *patient, path string, bad status) (found []finding) {
	info, err := os.Stat(path)
	if err != nil {
		return []finding{fail("the key file cannot be looked at: "+err.Error(), "let this user read it")}
	}
	if info.Mode().Perm()&0o077 != 0 {
		found = append(found, finding{Status: bad, Finding: fmt.Sprintf("the key file has mode %#o: others can read or change it", info.Mode().Perm()), Mend: "chmod 600 " + path})
	}
	folder, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return append(found, fail("the key's folder cannot be looked at: "+err.Error(), "let this user read it"))
	}
	switch mode := folder.Mode().Perm(); {
	case mode&0o022 != 0 && folder.Mode()&fs.ModeSticky == 0:
		found = append(found, finding{Status: bad, Finding: fmt.Sprintf("the key's folder has mode %#o: others can put another key in its place", mode), Mend: "chmod 700 " + filepath.Dir(path)})
	case mode&0o007 != 0 && bad == failing: // ours, which we make with 0700
		found = append(found, warn(fmt.Sprintf("the key's folder has mode %#o: others can look into it", mode), "chmod 700 "+filepath.Dir(path)+", or give the database a folder of its own with DATABASE_URL"))
	}
	if bad != failing {
		return found
	}
	return append(found, checkOwner(p, info, path)...)
}

// checkOwner sees that the key belongs to whom the database belongs to.
func checkOwner(p *patient, key fs.FileInfo, path string) []finding {
	database, err := os.Stat(p.settings.DatabasePath)
	if err != nil {
		return nil // there is none yet
	}
	a, known := p.kernel.owner(key)
	b, _ := p.kernel.owner(database)
	if known && a != b {
		return []finding{fail(fmt.Sprintf("the key file belongs to user %d, the database to user %d", a, b), fmt.Sprintf("chown both to the user that serves, as with: chown %d %s", b, path))}
	}
	return nil
}

// sealedKeys is as much of a registry as a key ring reads.
type sealedKeys struct {
	auth.Registry
	keys []auth.KeyRecord
}

// Keys implements [auth.Registry].
func (s sealedKeys) Keys(context.Context) ([]auth.KeyRecord, error) { return s.keys, nil }

// checkSigningKeys opens the keys in the database with the master key.
func checkSigningKeys(ctx context.Context, p *patient, db interface {
	Keys(context.Context) ([]auth.KeyRecord, error)
}, master []byte) []finding {
	records, err := db.Keys(ctx)
	if err != nil {
		return nil // checkDatabase says why
	}
	vault, err := auth.NewVault(master)
	if err != nil {
		return []finding{fail(err.Error(), "make one with: openssl rand -base64 32")}
	}
	ring, err := auth.NewKeyRing(sealedKeys{keys: records}, vault, auth.KeyConfig{Life: p.settings.AccessLife}, p.now)
	if err == nil {
		err = ring.Load(ctx)
	}
	if err != nil {
		return []finding{fail(err.Error(), "set LATCHKEY_SECRET or restore the key file to the master key that this database was made with")}
	}
	if p.settings.JWTSecret != "" {
		return []finding{ok("the master key opens what it should; tokens are signed with JWT_SECRET")}
	}
	return []finding{checkAge(p, ring.List())}
}

// checkAge sees that the key that signs is not overdue.
func checkAge(p *patient, keys []auth.KeyInfo) finding {
	if len(keys) == 0 {
		return ok("there is no signing key yet; the first start makes it")
	}
	newest := keys[len(keys)-1]
	age := p.now().Sub(newest.SignsFrom)
	switch rotation := p.settings.KeyRotation; {
	case rotation == 0 && age > 365*day:
		return warn(fmt.Sprintf("the signing key is %d days old, and KEY_ROTATION is off", age/day), "run latchkey keys rotate, or set KEY_ROTATION")
	case rotation > 0 && age > rotation+time.Hour:
		return warn(
			fmt.Sprintf("the signing key should have been replaced %s ago (KEY_ROTATION=%s)", auth.FormatDuration((age-rotation).Truncate(time.Hour)), auth.FormatDuration(rotation)),
			"start the service, which replaces it, or look for \"signing keys not tended\" in its log")
	}
	return ok("the master key opens the signing keys (%d); the newest is within KEY_ROTATION", len(keys))
}
