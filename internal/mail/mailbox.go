package mail

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"time"
)

// Mailbox is the development mailbox: a transport that keeps the last letters
// in memory, codes, links and all, and shows them over HTTP to whoever asks. It is for
// a server on loopback only. The zero value is usable.
type Mailbox struct {
	Keep int              // how many letters; 0: 200
	Now  func() time.Time // nil: the wall clock

	mu    sync.Mutex
	inbox []received // oldest first
}

var _ Transport = (*Mailbox)(nil)

// received is a letter as it is shown.
type received struct {
	ID      string `json:"id"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	HTML    string `json:"html"`
	Code    string `json:"code,omitempty"`
	Link    string `json:"link,omitempty"`
	At      stamp  `json:"at"`

	picture string // the logo as a data: URL, "" for none
}

// Shown is the HTML with the picture in its address: a browser has no other
// parts of the mail to take it from.
func (r received) Shown() string {
	if r.picture == "" {
		return r.HTML
	}
	return strings.ReplaceAll(r.HTML, "cid:"+logoName, r.picture)
}

// dataURL is a picture as a data: URL.
func dataURL(kind string, picture []byte) string {
	if len(picture) == 0 {
		return ""
	}
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(picture)
}

// Deliver implements [Transport].
func (b *Mailbox) Deliver(ctx context.Context, l Letter) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	keep := b.Keep
	if keep <= 0 {
		keep = 200
	}
	b.inbox = append(b.inbox, received{
		ID: l.ID, To: l.To.Address, Subject: l.Subject, Text: l.Text, HTML: l.HTML,
		Code: l.Code, Link: l.Link, At: stamp(b.now()), picture: dataURL(l.LogoType, l.Logo),
	})
	b.inbox = slices.Delete(b.inbox, 0, max(0, len(b.inbox)-keep))
	return nil
}

func (b *Mailbox) now() time.Time {
	if b.Now == nil {
		return time.Now()
	}
	return b.Now()
}

// letters returns those to an address, or all for "", newest first.
func (b *Mailbox) letters(to string) []received {
	// An unescaped + in a query reads as a space, and no address has spaces.
	to = strings.ReplaceAll(to, " ", "+")
	b.mu.Lock()
	defer b.mu.Unlock()
	found := []received{}
	for _, l := range slices.Backward(b.inbox) {
		if to == "" || strings.EqualFold(l.To, to) {
			found = append(found, l)
		}
	}
	return found
}
