package redis

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// slack is how much longer Redis keeps what is over by the clock of the callers,
// so that one that is behind still finds it.
const slack = time.Hour

// key is the name of a record of a kind. The parts are hashed: they may be
// anything and of any length, and none can pass for two others.
func (s *Store) key(kind string, parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	return s.config.Prefix + kind + ":" + base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// ticketKey is the key of a ticket and, of one of a listed kind, that of the
// list.
func (s *Store) ticketKey(k auth.TicketKey) []string {
	keys := []string{s.key("ticket", k.Directory, k.Tenant, string(k.Kind), k.ID)}
	if k.Kind.Listed() {
		keys = append(keys, s.key("tickets", k.Directory, k.Tenant, string(k.Kind)))
	}
	return keys
}

// ms is a time as it is stored: milliseconds in UTC, 0 for the zero time.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at reads what ms wrote.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
