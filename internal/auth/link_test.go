package auth_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// linked is a world in which ann has been mailed a link of every kind.
func linked(t *testing.T) (w *world, links map[string]auth.LinkInput) {
	t.Helper()
	w, id := joined(t)
	links = map[string]auth.LinkInput{}
	g := w.login(t, "ann.lee")
	links["disown"] = w.mailed(t, auth.MessageNewDevice)
	links["reset"] = w.forgot(t)
	w.lockOut(t, id)
	links["unlock"] = w.mailed(t, auth.MessageLocked)
	_, err := w.Invite(t.Context(), w.operator(t, home), auth.InviteInput{Email: "dan@example.com"})
	must(t, err)
	links["invite"] = w.mailed(t, auth.MessageInvitation)
	links["refresh token"] = auth.LinkInput{Token: auth.Secret(g.RefreshToken)}
	links["access token"] = auth.LinkInput{Token: auth.Secret(g.AccessToken)}
	links["device token"] = auth.LinkInput{Token: auth.Secret(g.DeviceToken)}
	links["challenge"] = auth.LinkInput{Token: "0190b5c0-0000-7000-8000-000000000001"}
	return w, links
}

// uses are what a link can be shown to, by the kind that opens it.
func uses(w *world, t *testing.T) map[string]map[string]func(auth.Caller, auth.LinkInput) error {
	return map[string]map[string]func(auth.Caller, auth.LinkInput) error{
		"unlock": {
			"look": func(by auth.Caller, l auth.LinkInput) error { _, err := w.UnlockReady(t.Context(), by, l); return err },
			"use":  func(by auth.Caller, l auth.LinkInput) error { _, err := w.Unlock(t.Context(), by, l); return err },
		},
		"reset": {
			"look": func(by auth.Caller, l auth.LinkInput) error { _, err := w.ResetReady(t.Context(), by, l); return err },
			"use": func(by auth.Caller, l auth.LinkInput) error {
				_, err := w.ResetPassword(t.Context(), by, auth.ResetInput{Token: l.Token, Password: renewed})
				return err
			},
		},
		"disown": {
			"look": func(by auth.Caller, l auth.LinkInput) error { _, err := w.DisownReady(t.Context(), by, l); return err },
			"use":  func(by auth.Caller, l auth.LinkInput) error { _, err := w.Disown(t.Context(), by, l); return err },
		},
		"invite": {
			"look": func(by auth.Caller, l auth.LinkInput) error {
				_, err := w.InvitationReady(t.Context(), by, l)
				return err
			},
			"use": func(by auth.Caller, l auth.LinkInput) error {
				_, err := w.AcceptInvitation(t.Context(), by, auth.AcceptInput{Token: l.Token, Name: "Dan", Password: renewed})
				return err
			},
		},
	}
}

// TestLinksOpenTheirOwnPageOnly: every kind of token shown as every other; and
// none of them is a refresh, access or device token.
func TestLinksOpenTheirOwnPageOnly(t *testing.T) {
	w, links := linked(t)
	for kind, doors := range uses(w, t) {
		for door, open := range doors {
			for what, l := range links {
				if what == kind {
					continue
				}
				refused(t, what+" shown to "+kind+", "+door, open(w.follow(t), l), auth.ErrLinkInvalid)
			}
			refused(t, "nothing shown to "+kind+", "+door, open(w.follow(t), auth.LinkInput{}), auth.ErrValidation)
		}
	}
	for _, kind := range []string{"unlock", "reset", "disown", "invite"} {
		token := links[kind].Token
		if _, err := w.refresh(t, auth.Token(token.Reveal())); err == nil {
			t.Errorf("%s is a refresh token", kind)
		}
		if _, err := w.Authorize(t.Context(), auth.Origin{}, token); err == nil {
			t.Errorf("%s is an access token", kind)
		}
		_, err := w.try(t, secret, func(o *auth.Origin) { o.Device = token })
		refused(t, kind+" as a device token", err, auth.ErrLocked)
	}
	for _, kind := range []string{"disown", "unlock", "reset", "invite"} {
		refused(t, kind+" is still good", uses(w, t)[kind]["look"](w.follow(t), links[kind]), nil)
	}
}

// TestLinksOfATenant: a request that names another tenant than the link's is
// refused, its own or none is not; the link is not used up by it.
func TestLinksOfATenant(t *testing.T) {
	w, links := linked(t)
	for kind, doors := range uses(w, t) {
		for _, slug := range []string{coded, closed, far} {
			for door, open := range doors {
				refused(t, kind+" at "+slug+", "+door, open(w.anyone(t, slug), links[kind]), auth.ErrLinkInvalid)
			}
		}
		refused(t, kind+" at its own", doors["look"](w.anyone(t, home), links[kind]), nil)
		refused(t, kind+" at none", doors["look"](w.follow(t), links[kind]), nil)
	}
}

// TestLinksHaveOneSpelling: every change of one character, every truncation and
// insertion is refused, and uses nothing up.
func TestLinksHaveOneSpelling(t *testing.T) {
	w, links := linked(t)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=\n .%"
	for kind, doors := range uses(w, t) {
		token, by := links[kind].Token.Reveal(), w.follow(t)
		bad := []string{token + token, " " + token, token + "\n", token + "=", strings.ToUpper(token)}
		for i := range token {
			bad = append(bad, token[:i], token[i+1:], token[:i]+"A"+token[i:], token[:i]+"\n"+token[i:])
			for _, c := range alphabet {
				if byte(c) != token[i] {
					bad = append(bad, token[:i]+string(c)+token[i+1:])
				}
			}
		}
		for i, s := range bad {
			err := doors["look"](by, auth.LinkInput{Token: auth.Secret(s)})
			if s == "" {
				refused(t, "nothing", err, auth.ErrValidation)
				continue
			}
			refused(t, kind+" spelled "+s, err, auth.ErrLinkInvalid)
			if i%97 == 0 {
				refused(t, kind+" used as "+s, doors["use"](by, auth.LinkInput{Token: auth.Secret(s)}), auth.ErrLinkInvalid)
			}
			if t.Failed() {
				t.FailNow()
			}
		}
		refused(t, kind+" is still good", doors["look"](by, links[kind]), nil)
	}
}

// TestLinksAreKeptAsKeyedHash: what the store has opens nothing.
func TestLinksAreKeptAsKeyedHash(t *testing.T) {
	w, links := linked(t)
	for _, k := range w.store.issued {
		ticket, err := w.store.Ticket(t.Context(), k, w.clock.Now())
		must(t, err)
		kept := string(ticket.Proof) + string(ticket.Data) + k.ID
		for kind, l := range links {
			raw, err := base64.RawURLEncoding.DecodeString(l.Token.Reveal())
			if err != nil || len(raw) < 32 {
				continue
			}
			if strings.Contains(kept, string(raw[len(raw)-32:])) || strings.Contains(kept, l.Token.Reveal()) {
				t.Errorf("the store holds the %s link", kind)
			}
		}
		if len(ticket.Proof) != 32 {
			t.Errorf("the proof of %s has %d bytes", k.Kind, len(ticket.Proof))
		}
	}
}
