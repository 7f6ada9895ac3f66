package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/google/uuid"
)

// A link token is: version, what it is good for, tenant id, ticket id, and a
// secret of 256 bits, of which only a keyed hash is kept. It knows its tenant,
// so a link works in a plain browser.
const (
	linkVersion = 1
	linkSecret  = 32
	linkBody    = 1 + 1 + 16 + 16
	linkSize    = linkBody + linkSecret
)

// linkPage is what a kind of link opens.
type linkPage struct {
	mark byte // in the token
	path string
	life time.Duration
}

var linkPages = map[TicketKind]linkPage{
	TicketUnlock: {1, "/auth/unlock", unlockLife},
	TicketReset:  {2, "/auth/password/reset", resetLife},
	TicketDisown: {3, "/auth/disown", disownLife},
	TicketInvite: {4, "/auth/invitation", inviteLife},
}

// linkData is what a link is bound to beside its user: the address it was sent
// to, and the account's epoch, so that using one link voids its siblings.
type linkData struct {
	Email   string    `json:"email"`
	Epoch   int64     `json:"epoch"`
	Session string    `json:"session,omitempty"` // that a link disowns
	Until   time.Time `json:"until,omitzero"`    // end of the lock that a link opens
	Role    string    `json:"role,omitempty"`    // that an invitation gives
	Space   string    `json:"space,omitempty"`   // that an invitation gives a seat in
}

// LinkInput carries the token of a mailed link.
type LinkInput struct {
	Token Secret `json:"token" maxLength:"128" doc:"From the link in the mail"`
}

// LinkReady says what a link that was looked at is for.
type LinkReady struct {
	TenantID   string    `json:"tenantId" doc:"Slug of the tenant"`
	TenantName string    `json:"tenantName"`
	ExpiresAt  time.Time `json:"expiresAt"`
	Color      string    `json:"-"` // of the tenant's brand, for the page
	Logo       string    `json:"-"` // its picture as a data: URL; "" when it has none
}

// mailLink makes a link, which begins with the path, and puts its ticket.
func (s *Service) mailLink(ctx context.Context, t Tenant, u User, kind TicketKind, bound linkData) (string, TicketKey, error) {
	page, now := linkPages[kind], s.now()
	data, err := json.Marshal(bound)
	if err != nil {
		return "", TicketKey{}, err
	}
	tenant, err := uuid.Parse(t.ID)
	if err != nil {
		return "", TicketKey{}, err
	}
	key := TicketKey{Directory: t.Directory, Tenant: t.ID, Kind: kind, ID: uuid.NewString()}
	if kind == TicketInvite {
		key = s.Vault.invitationTo(t, bound.Email)
	}
	id, err := uuid.Parse(key.ID)
	if err != nil {
		return "", TicketKey{}, err
	}
	b := append([]byte{linkVersion, page.mark}, tenant[:]...)
	b = append(b, id[:]...)
	b = append(b, make([]byte, linkSecret)...)
	rand.Read(b[linkBody:])   // never fails (crypto/rand)
	if kind == TicketInvite { // the one before is void
		if err := s.Tickets.Void(ctx, key); err != nil {
			return "", TicketKey{}, err
		}
	}
	err = s.Tickets.Issue(ctx, Ticket{
		TicketKey: key, User: u.ID, Proof: s.Vault.proof(key, u.ID, string(b[linkBody:])), Tries: 1, Data: data,
		CreatedAt: now, ExpiresAt: now.Add(page.life),
	})
	return page.path + "?" + url.Values{"token": {tokenEncoding.EncodeToString(b)}}.Encode(), key, err
}

// link is a mailed link that somebody follows.
type link struct {
	linkData
	ticket Ticket
	proof  []byte
	tenant Tenant
	user   User
}

// current reports whether nothing has happened to the account since that voids
// the link.
func (l link) current() bool { return l.Epoch == l.user.Epoch && l.Email == l.user.Email }

// followLink finds out what a token is good for, and spends nothing: programs
// that look through mails follow links too. A request that names another tenant
// than the link's is not for this link.
func (s *Service) followLink(ctx context.Context, by Caller, token Secret, kind TicketKind) (link, error) {
	l, err := s.openLink(ctx, by, token, kind)
	if err != nil {
		return link{}, err
	}
	if l.user, err = s.Records.User(ctx, l.tenant.Directory, l.ticket.User); err != nil {
		return link{}, s.linkFault(ctx, err)
	}
	if !l.user.Usable() {
		return link{}, ErrLinkInvalid
	}
	return l, nil
}

// openLink is followLink for a link that is nobody's yet.
func (s *Service) openLink(ctx context.Context, by Caller, token Secret, kind TicketKind) (link, error) {
	if token == "" {
		var p problems
		p.add("token", "is required")
		return link{}, p.err()
	}
	b, ok := decodeToken(token, linkSize)
	if !ok || b[0] != linkVersion || b[1] != linkPages[kind].mark {
		return link{}, ErrLinkInvalid
	}
	t, err := s.Live.TenantByID(ctx, uuid.UUID(b[2:18]).String())
	if errors.Is(err, ErrNoRecord) || err == nil && by.TenantSlug != "" && by.TenantSlug != t.Slug {
		return link{}, ErrLinkInvalid
	}
	if t, err = s.open(ctx, t, err); err != nil {
		return link{}, err
	}
	l := link{tenant: t}
	key := TicketKey{Directory: t.Directory, Tenant: t.ID, Kind: kind, ID: uuid.UUID(b[18:linkBody]).String()}
	if l.ticket, err = s.Tickets.Ticket(ctx, key, s.now()); err != nil {
		return link{}, s.linkFault(ctx, err)
	}
	// Compared before it is attempted, so that nobody uses up a ticket's one
	// try who does not hold the link.
	l.proof = s.Vault.proof(key, l.ticket.User, string(b[linkBody:]))
	if l.ticket.Tries <= 0 || !hmac.Equal(l.proof, l.ticket.Proof) {
		return link{}, ErrLinkInvalid
	}
	if err := json.Unmarshal(l.ticket.Data, &l.linkData); err != nil {
		return link{}, s.fault(ctx, "read link", err)
	}
	return l, nil
}

// spendLink spends the link, for exactly one caller. It is for links that change
// nothing; one that does is spent by the change, which moves the epoch, so that
// a fault in between leaves it good.
func (s *Service) spendLink(ctx context.Context, l link) error {
	_, err := s.Tickets.Attempt(ctx, l.ticket.TicketKey, l.proof, s.now())
	return s.linkFault(ctx, err)
}

func (s *Service) linkFault(ctx context.Context, err error) error {
	if errors.Is(err, ErrNoRecord) || errors.Is(err, ErrWrongProof) {
		return ErrLinkInvalid
	}
	return s.fault(ctx, "follow link", err)
}

// dropLink removes the ticket of a link that was used, or not mailed after all;
// the zero key is none.
func (s *Service) dropLink(ctx context.Context, key TicketKey) {
	if key.ID == "" {
		return
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err := s.Tickets.Void(ctx, key); err != nil {
		s.Log.WarnContext(ctx, "link not voided", "error", err.Error())
	}
}

// ready tells who looks at a link what it is for.
func (s *Service) ready(ctx context.Context, l link) LinkReady {
	r := LinkReady{TenantID: l.tenant.Slug, TenantName: l.tenant.Name, ExpiresAt: l.ticket.ExpiresAt, Color: l.tenant.Brand.Color}
	r.Logo = s.logoURL(ctx, l.tenant)
	return r
}

// currentLink follows a link that is worth something only as long as nothing
// has happened to the account since.
func (s *Service) currentLink(ctx context.Context, by Caller, token Secret, kind TicketKind) (link, error) {
	l, err := s.followLink(ctx, by, token, kind)
	if err == nil && !l.current() {
		err = ErrLinkInvalid
	}
	return l, err
}

// count is Tickets.Count for one counter.
func (s *Service) count(ctx context.Context, c Count) (Tally, error) {
	all, err := s.Tickets.Count(ctx, c)
	if err != nil {
		return Tally{}, err
	}
	return all[0], nil
}
