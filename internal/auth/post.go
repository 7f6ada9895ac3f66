package auth

import (
	"context"
	"encoding/json"
)

// mail makes a mail for the outbox. What it tells is sealed.
func (s *Service) mail(directory, tenant, user string, kind MessageKind, f Facts) Mail {
	m := Mail{ID: s.newID(), Directory: directory, Tenant: tenant, User: user, Kind: kind, CreatedAt: s.now()}
	plain, err := json.Marshal(f)
	if err != nil { // only for a year beyond 9999: the mail goes without its facts
		plain = []byte("{}")
	}
	m.Sealed = s.Vault.seal("mail "+m.ID, plain)
	return m
}

// Message opens a mail of the outbox and addresses it: to the address that the
// account has now, and to nobody else. ErrNoRecord when the account is gone.
func (s *Service) Message(ctx context.Context, m Mail) (Message, error) {
	plain, err := s.Vault.open("mail "+m.ID, m.Sealed)
	if err != nil {
		return Message{}, err
	}
	var f Facts
	if err := json.Unmarshal(plain, &f); err != nil {
		return Message{}, err
	}
	account, err := s.Live.Account(ctx, m.Directory, m.User)
	if err != nil {
		return Message{}, err
	}
	t, err := s.Live.TenantByID(ctx, m.Tenant)
	if err != nil {
		return Message{}, err
	}
	t.Policy = t.Policy.over(s.Policy)
	return s.message(m.ID, account.User, t, m.Kind, f), nil
}

func (s *Service) message(id string, u User, t Tenant, kind MessageKind, f Facts) Message {
	return Message{ID: id, Kind: kind, Name: u.Name, Email: u.Email, Language: t.Policy.Language, TenantName: t.Name, Facts: f}
}
