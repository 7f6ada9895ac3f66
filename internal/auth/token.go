package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"log/slog"

	"github.com/google/uuid"
)

// Token is a token on its way to its owner: it is written into answers, and
// hidden from everything that prints.
type Token string

// String hides the value from fmt.
func (Token) String() string { return redacted }

// GoString hides the value from %#v.
func (Token) GoString() string { return redacted }

// LogValue hides the value from slog.
func (Token) LogValue() slog.Value { return slog.StringValue(redacted) }

// A refresh token is: version, session id, counter, MAC (CONTRACT.md §7); of a
// session in a directory of its own it also has the directory's id, before the
// MAC, so that it finds its database whatever else the request says. The MAC's
// key is derived per session from the master key, so a token that we did not
// issue is refused without the database.
const (
	refreshVersion = 1
	refreshApart   = 2  // with a directory
	macSize        = 16 // 128 bits
	refreshBody    = 1 + 16 + 8
	refreshSize    = refreshBody + macSize
)

// strict base64url: one spelling a token.
var tokenEncoding = base64.RawURLEncoding.Strict()

// refreshToken computes the refresh token of a session as it stands.
func (v *Vault) refreshToken(s Session) (Token, error) {
	id, err := uuid.Parse(s.ID)
	if err != nil {
		return "", err
	}
	b := make([]byte, 0, refreshSize+16)
	b = append(b, refreshVersion)
	b = append(b, id[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(s.Counter)) // #nosec G115 -- counters start at 0 and only grow
	if s.Directory != DefaultDirectory {
		directory, err := uuid.Parse(s.Directory)
		if err != nil {
			return "", err
		}
		b[0] = refreshApart
		b = append(b, directory[:]...)
	}
	b = append(b, v.refreshMAC(b)...)
	return Token(tokenEncoding.EncodeToString(b)), nil
}

// readRefreshToken returns directory, id and counter of the session of a refresh
// token that this service issued; ok is false for everything else.
func (v *Vault) readRefreshToken(t Secret) (s Session, ok bool) {
	s.Directory = DefaultDirectory
	b, ok := decodeToken(t, refreshSize)
	version, end := byte(refreshVersion), refreshBody
	if !ok {
		b, ok = decodeToken(t, refreshSize+16)
		version, end = refreshApart, refreshBody+16
	}
	if !ok || b[0] != version || !hmac.Equal(b[end:], v.refreshMAC(b[:end])) {
		return Session{}, false
	}
	if version == refreshApart {
		s.Directory = uuid.UUID(b[refreshBody:end]).String()
	}
	s.ID = uuid.UUID(b[1:17]).String()
	s.Counter = int64(binary.BigEndian.Uint64(b[17:refreshBody])) // #nosec G115 -- authenticated: we wrote it
	return s, true
}

func (v *Vault) refreshMAC(body []byte) []byte {
	h := hmac.New(sha256.New, v.derive("refresh/"+string(body[1:17])))
	h.Write(body)
	return h.Sum(nil)[:macSize]
}

// A device token is: version, device id, generation, MAC over it and the
// account. It marks a device that has logged in to that account before; each
// login gives out the next generation, and only the newest counts.
const (
	deviceVersion = 2
	deviceBody    = 1 + 16 + 8
	deviceSize    = deviceBody + macSize
)

func (v *Vault) deviceToken(directory, user, device string, generation int64) (Token, error) {
	id, err := uuid.Parse(device)
	if err != nil {
		return "", err
	}
	b := append([]byte{deviceVersion}, id[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(generation)) // #nosec G115 -- generations start at 1 and only grow
	b = append(b, mac(v.device, directory, user, string(b))[:macSize]...)
	return Token(tokenEncoding.EncodeToString(b)), nil
}

// readDeviceToken returns device and generation of a token issued for that
// account.
func (v *Vault) readDeviceToken(directory, user string, t Secret) (device string, generation int64, ok bool) {
	b, ok := decodeToken(t, deviceSize)
	if !ok || b[0] != deviceVersion {
		return "", 0, false
	}
	if !hmac.Equal(b[deviceBody:], mac(v.device, directory, user, string(b[:deviceBody]))[:macSize]) {
		return "", 0, false
	}
	n := binary.BigEndian.Uint64(b[17:deviceBody])
	return uuid.UUID(b[1:17]).String(), int64(n), true // #nosec G115 -- authenticated: we wrote it
}

// decodeToken reads base64url of exactly size bytes. The length is looked at
// first: the decoder skips line breaks even in strict mode.
func decodeToken(t Secret, size int) ([]byte, bool) {
	s := t.Reveal()
	if len(s) != tokenEncoding.EncodedLen(size) {
		return nil, false
	}
	b, err := tokenEncoding.DecodeString(s)
	return b, err == nil && len(b) == size
}
