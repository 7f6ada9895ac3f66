package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// mail makes a mail for the outbox. What it tells is sealed.
func (s *Service) mail(directory, tenant, user string, kind MessageKind, f Facts) Mail {
	m := Mail{ID: s.newID(), Directory: directory, Tenant: tenant, User: user, Kind: kind, CreatedAt: s.now()}
	plain, err := json.Marshal(f)
	if err != nil { // only for a year beyond 9999: the mail goes without its facts
		plain = []byte("{}")
	}
	m.Sealed = s.Vault.Seal("mail "+m.ID, plain)
	return m
}

// Message opens a mail of the outbox and addresses it: to the address that the
// account has now, and to nobody else. ErrNoRecord when the account is gone.
func (s *Service) Message(ctx context.Context, m Mail) (Message, error) {
	plain, err := s.Vault.Open("mail "+m.ID, m.Sealed)
	if err != nil {
		return Message{}, err
	}
	var f Facts
	if err := json.Unmarshal(plain, &f); err != nil {
		return Message{}, err
	}
	if strings.HasPrefix(f.Link, "/") { // by who sends it: a command line may not know where the server is
		f.Link = s.BaseURL + f.Link
	}
	u := User{Email: f.To}
	if m.User != "" {
		account, err := s.Live.Account(ctx, m.Directory, m.User)
		if err != nil {
			return Message{}, err
		}
		u = account.User
		if f.To != "" { // an address that the account had
			u.Email = f.To
		}
	}
	t, err := s.Live.TenantByID(ctx, m.Tenant)
	if err != nil {
		return Message{}, err
	}
	t.Policy = t.Policy.over(s.Policy)
	return s.message(ctx, m.ID, u, t, m.Kind, f), nil
}

func (s *Service) message(ctx context.Context, id string, u User, t Tenant, kind MessageKind, f Facts) Message {
	return Message{
		ID: id, Kind: kind, Name: u.Name, Email: u.Email, Language: t.Policy.Language, TenantName: t.Name,
		Sender: t.Policy.MailFrom, Color: t.Brand.Color, Logo: s.logo(ctx, t), LogoType: t.Brand.Logo, Facts: f,
	}
}

// logoURL is a tenant's picture as a data: URL, "" when it has none.
func (s *Service) logoURL(ctx context.Context, t Tenant) string {
	picture := s.logo(ctx, t)
	if picture == nil {
		return ""
	}
	return "data:" + t.Brand.Logo + ";base64," + base64.StdEncoding.EncodeToString(picture)
}

// logo returns a tenant's picture, nil when it has none. A mail goes out
// without it rather than not at all.
func (s *Service) logo(ctx context.Context, t Tenant) []byte {
	if t.Brand.Logo == "" {
		return nil
	}
	picture, err := s.Registry.Logo(ctx, t.ID)
	if err != nil {
		s.Log.WarnContext(ctx, "logo not read", "tenant", t.Slug, "error", err.Error())
		return nil
	}
	return picture
}
