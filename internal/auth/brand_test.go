package auth_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestMailsAndPagesLookLikeTheirTenant: its name, colour, picture, sender and
// language, as they are when the mail goes out; a picture that cannot be read
// holds no mail up.
func TestMailsAndPagesLookLikeTheirTenant(t *testing.T) {
	s := staffed(t)
	picture := "\x89PNG\r\n\x1a\nhome"
	logo := "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(picture))
	l := s.invite(t, "dan@example.com", auth.RoleUser)
	_, err := s.update(t, home, auth.TenantChange{
		DisplayName: "Home & Co", Brand: auth.BrandInput{Color: "#0B5FFF", Logo: logo},
		Policy: auth.Policy{MailFrom: "Home <no-reply@home.example>", Language: "ko"},
	})
	must(t, err)
	m := s.inbox(t, auth.MessageInvitation)[0]
	if m.TenantName != "Home & Co" || m.Color != "#0b5fff" || string(m.Logo) != picture || m.LogoType != "image/png" || m.Language != "ko" ||
		m.Sender != `"Home" <no-reply@home.example>` {
		t.Errorf("the mail is %+v", m)
	}
	ready, err := s.InvitationReady(t.Context(), s.follow(t), l)
	if err != nil || ready.TenantName != "Home & Co" || ready.Color != "#0b5fff" || ready.Logo != logo {
		t.Errorf("the page is %+v, %v", ready, err)
	}
	mend := s.store.breaks(func(method string) error {
		if method == "Logo" {
			return auth.ErrUnavailable
		}
		return nil
	}, nil)
	if m = s.inbox(t, auth.MessageInvitation)[0]; m.Logo != nil || !strings.Contains(m.Facts.Link, "token=") {
		t.Errorf("without the picture: %+v", m)
	}
	mend()
	_, err = s.update(t, home, auth.TenantChange{Reset: []string{"logo", "color", "mailFrom", "language"}})
	must(t, err)
	if m = s.inbox(t, auth.MessageInvitation)[0]; m.Logo != nil || m.LogoType != "" || m.Color != "" || m.Sender != "" || m.Language != "" {
		t.Errorf("reset: %+v", m)
	}
	_, err = s.Invite(t.Context(), s.by(t, "eve"), auth.InviteInput{Email: "fay@example.com"})
	must(t, err)
	for _, m := range s.inbox(t, auth.MessageInvitation) {
		if m.Email == "fay@example.com" && (m.TenantName != "Tenant annex" || m.Color != "" || m.Facts.From != "P eve") {
			t.Errorf("another tenant's is %+v", m)
		}
	}
}
