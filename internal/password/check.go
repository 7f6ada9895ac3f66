package password

import (
	"errors"
	"strconv"
)

// importCost is the most of bcrypt that can be imported: some seconds a login.
const importCost = 15

// costly says that a hash would take more than a login may.
type costly struct{ what, is, most string }

func (c *costly) Error() string {
	return c.what + " is " + c.is + ", at most " + c.most + " can be imported"
}

// Is makes errors.Is(err, ErrHashFormat) true: such a hash is verified by nobody.
func (c *costly) Is(target error) bool { return target == ErrHashFormat }

var errImport = errors.New("is no hash that can be imported: bcrypt ($2a$, $2b$, $2y$), argon2id and scrypt (PHC), PBKDF2 with SHA-256 or SHA-512 (PHC, passlib, Django)")

// Check says, without hashing, whether a hash that another program made can be
// imported; nil when it can. The error is for the operator and holds nothing of
// the hash but its parameters.
func Check(hash string) error {
	found, err := parse(hash)
	var c *costly
	switch {
	case errors.As(err, &c):
		return c
	case err != nil:
		return errImport
	}
	if b, ok := found.(bcryptHash); ok && b.cost > importCost {
		return &costly{"bcrypt cost", strconv.Itoa(b.cost), strconv.Itoa(importCost)}
	}
	return nil
}
