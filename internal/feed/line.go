package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// line is one piece of news as it is sent: all listeners share the bytes.
type line struct {
	id      string
	until   time.Time
	arrived time.Time // by the clock that runs on, for who is too slow
	tenants []string  // who may hear it; none: all
	bytes   []byte    // an event of a stream (HTML standard §9.2), as guards of all tenants hear it
	own     bool      // it says nothing of other tenants than its only one
	fate    *fate     // nil: it ends nobody's listening

	mu     sync.Mutex
	narrow map[string][]byte // by tenant, for those who asked
}

// fate is what a line may mean for those who listen themselves.
type fate struct {
	key    string // is revoked
	tenant string // has another status
	open   bool   // which is a good one
	at     time.Time
}

// newLine encodes news. The error is of news that cannot be read.
func newLine(b auth.Bulletined, arrived time.Time) (*line, auth.News, error) {
	var n auth.News
	if err := json.Unmarshal(b.Body, &n); err != nil {
		return nil, n, fmt.Errorf("news %s: %w", b.ID, err)
	}
	l := &line{id: b.ID, until: b.Until, arrived: arrived, tenants: n.Tenants, bytes: encode(b.ID, n.Event, b.Body)}
	l.own = len(n.Tenants) == 1 && !slices.ContainsFunc(n.Seats, func(s auth.NewsSeat) bool { return s.TenantID != n.Tenants[0] })
	switch n.Event {
	case auth.NewsKeyRevoked:
		l.fate = &fate{key: n.KeyID}
	case auth.NewsTenantStatus:
		l.fate = &fate{tenant: n.TenantID, open: n.Reason == string(auth.TenantActive), at: n.At}
	default:
	}
	return l, n, nil
}

// encode writes an event of a stream. A body is one line, as encoding/json
// writes it; a database may give it back with others.
func encode(id string, event auth.NewsEvent, body []byte) []byte {
	if bytes.ContainsAny(body, "\r\n") {
		var b bytes.Buffer
		if json.Compact(&b, body) == nil {
			body = b.Bytes()
		}
	}
	out := make([]byte, 0, len(id)+len(event)+len(body)+24)
	out = append(append(out, "id: "...), id...)
	out = append(append(out, "\nevent: "...), event...)
	out = append(append(out, "\ndata: "...), body...)
	return append(out, '\n', '\n')
}

// heard reports whether guards of a tenant hear the line; "" are those of all.
func (l *line) heard(tenant string) bool {
	return tenant == "" || len(l.tenants) == 0 || slices.Contains(l.tenants, tenant)
}

// as returns what guards of a tenant hear, without a word about other tenants.
func (l *line) as(tenant string) []byte {
	if tenant == "" || l.own {
		return l.bytes
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.narrow[tenant]; b != nil {
		return b
	}
	b := l.narrowed(tenant)
	if l.narrow == nil {
		l.narrow = make(map[string][]byte)
	}
	l.narrow[tenant] = b
	return b
}

// narrowed takes other tenants out.
func (l *line) narrowed(tenant string) []byte {
	_, body, _ := bytes.Cut(l.bytes, []byte("\ndata: "))
	var n auth.News
	if json.Unmarshal(body, &n) != nil {
		return []byte{} // it could be read before
	}
	if len(n.Tenants) > 0 {
		n.Tenants = []string{tenant}
	}
	if n.TenantID != tenant { // where a session has gone is that tenant's business
		n.TenantID = ""
	}
	n.Seats = slices.DeleteFunc(n.Seats, func(s auth.NewsSeat) bool { return s.TenantID != tenant })
	body, err := json.Marshal(n)
	if err != nil {
		return []byte{}
	}
	return encode(l.id, n.Event, body)
}
