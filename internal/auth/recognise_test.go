package auth_test

import (
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestRecognises: a device of the account with that name, by its newest token;
// nobody else's, and without one the store is not asked.
func TestRecognises(t *testing.T) {
	s := staffed(t)
	old := s.in["ben"]
	ben := s.login(t, "ben", on(old))
	for name, c := range map[string]struct {
		slug, name string
		token      auth.Token
		want       bool
	}{
		"its own":           {home, "ben", ben.DeviceToken, true},
		"by the address":    {home, "BEN@example.com", ben.DeviceToken, true},
		"an older token":    {home, "ben", old.DeviceToken, false},
		"somebody else's":   {home, "mia", ben.DeviceToken, false},
		"nobody's":          {home, "nobody", ben.DeviceToken, false},
		"another directory": {far, "ben", ben.DeviceToken, false},
		"no name":           {home, "", ben.DeviceToken, false},
		"garbage":           {home, "ben", "garbage", false},
		"an access token":   {home, "ben", ben.AccessToken, false},
	} {
		if got := s.Recognises(t.Context(), s.anyone(t, c.slug), c.name, "", auth.Secret(c.token)); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
	by, before := s.anyone(t, home), s.store.count()
	if s.Recognises(t.Context(), by, "ben") || s.Recognises(t.Context(), by, "ben", "", "") || s.store.count() != before {
		t.Error("without a token: recognised, or the store was asked")
	}
}
