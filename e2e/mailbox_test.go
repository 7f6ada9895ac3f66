package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// A devLetter is one of the mailbox of latchkey dev.
type devLetter struct{ To, Subject, Code, Link string }

// mailbox returns the letters that a dev server has, newest first.
func (s *server) mailbox(t *testing.T) []devLetter {
	t.Helper()
	a := s.client().want(t, "MAIL_LISTED", "GET", "/dev/mail", nil, "Accept", "application/json")
	var letters []devLetter
	if err := json.Unmarshal(a.Data, &letters); err != nil {
		t.Fatal(err)
	}
	for _, l := range letters {
		_, token, _ := strings.Cut(l.Link, "token=")
		secret(l.Code, token)
	}
	return letters
}

// devCode returns the newest code that was mailed to somebody. Codes are sent
// before the login is answered, so it is there.
func (s *server) devCode(t *testing.T, to string) string {
	t.Helper()
	for _, l := range s.mailbox(t) {
		if l.To == to && l.Code != "" {
			return l.Code
		}
	}
	t.Fatalf("no code was mailed to %s", to)
	return ""
}
