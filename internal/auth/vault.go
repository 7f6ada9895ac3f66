package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strconv"
)

// MasterKeySize is the length of the master key in bytes.
const MasterKeySize = 32

// Vault keeps the master key and does with it all that needs it. Each purpose
// has a key of its own, derived by HKDF (RFC 5869), so that what is made for
// one is worth nothing for another. The master key is never in the database: a
// copy of the database opens nothing and forges nothing.
type Vault struct {
	root   []byte // pseudorandom key that every other is expanded from
	sealer cipher.AEAD
	codes  []byte
	device []byte
	names  []byte
	chain  []byte

	operator []byte
	places   []byte
}

// NewVault takes a master key of [MasterKeySize] bytes.
func NewVault(master []byte) (*Vault, error) {
	if len(master) != MasterKeySize {
		return nil, errors.New("the master key must be 32 bytes")
	}
	root, err := hkdf.Extract(sha256.New, master, nil)
	if err != nil {
		return nil, err
	}
	v := &Vault{root: root}
	block, err := aes.NewCipher(v.derive("seal"))
	if err != nil {
		return nil, err
	}
	if v.sealer, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, err
	}
	v.codes = v.derive("code")
	v.device = v.derive("device")
	v.names = v.derive("name")
	v.chain = v.derive("audit")
	v.operator = v.derive("operator")
	v.places = v.derive("directory")
	return v, nil
}

// LimitSecret is what clients' keys are hashed with before they are counted
// where others may look: the same for all instances of a deployment.
func (v *Vault) LimitSecret() []byte { return v.derive("limits") }

// derive makes the key of one purpose.
func (v *Vault) derive(purpose string) []byte {
	key, err := hkdf.Expand(sha256.New, v.root, "latchkey/"+purpose, 32)
	if err != nil {
		panic(err) // only for lengths that HKDF cannot give
	}
	return key
}

// Seal encrypts what must not be readable in the database. purpose is bound in:
// what was sealed for one does not open for another.
func (v *Vault) Seal(purpose string, plain []byte) []byte {
	return v.sealer.Seal(nil, nil, plain, []byte(purpose)) //nolint:gosec // this mode draws its nonce itself and takes none
}

// errSealed: sealed with another master key, for another purpose, or damaged.
var errSealed = errors.New("sealed data does not open: it is damaged or the master key (LATCHKEY_SECRET) is not the one it was sealed with")

// Open returns what Seal was given, and an error that says nothing of it where it
// was not Seal of this master key, for this purpose.
func (v *Vault) Open(purpose string, sealed []byte) ([]byte, error) {
	plain, err := v.sealer.Open(nil, nil, sealed, []byte(purpose))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// proof is the keyed hash under which a code is kept, bound to its ticket. The
// parts are length-prefixed, so that no two lists of parts run together.
func (v *Vault) proof(k TicketKey, user, code string) []byte {
	return mac(v.codes, k.Directory, k.Tenant, string(k.Kind), k.ID, user, code)
}

// pseudonym stands for a name that belongs to nobody, where its failures are
// counted: what people type by mistake is not kept.
func (v *Vault) pseudonym(directory, name string) string {
	return tokenEncoding.EncodeToString(mac(v.names, directory, name)[:macSize])
}

// Chain is the [Chain] of the record. It is keyed, so that who can write to the
// database cannot make a new chain over a record that was tampered with.
func (v *Vault) Chain(before []byte, number int64, e Event) []byte {
	parts := []string{string(before), strconv.FormatInt(number, 10), e.ID, e.Directory, e.Tenant,
		strconv.FormatInt(e.At.UnixMilli(), 10), string(e.Action), e.User, e.Session, e.IP, e.Agent, e.RequestID, e.Reason}
	if e.Actor != "" { // events of releases that knew of none hash as they did
		parts = append(parts, e.Actor)
	}
	return mac(v.chain, parts...)
}

func mac(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	var n [4]byte
	for _, p := range parts {
		binary.BigEndian.PutUint32(n[:], uint32(len(p))) // #nosec G115 -- inputs are bounded far below 4 GiB
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}
