package mail

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"
)

// aPicture begins as a PNG does, which is all that a letter cares for.
var aPicture = []byte("\x89PNG\r\n\x1a\n and the rest")

func TestABrandIsInTheLetter(t *testing.T) {
	m := codeMessage()
	m.Kind = "password_reset"
	m.Facts.Link = "https://id.example/auth/password/reset?token=abcdefgh"
	m.TenantName, m.Sender, m.Color, m.Logo, m.LogoType = "Acme", "hello@acme.example", "#ffee00", aPicture, "image/png"
	l := write(t, m)
	if l.From != (netmail.Address{Name: "Acme", Address: "hello@acme.example"}) {
		t.Errorf("it is from %v", l.From)
	}
	if want := m.ID + "@latchkey.example"; l.ID != want {
		t.Errorf("its id is %q, want %q: a mail keeps it when its tenant gets another sender", l.ID, want)
	}
	for _, want := range []string{"background:#ffee00;color:#000000", `src="cid:logo" alt="Acme"`, "max-height:40px"} {
		if !strings.Contains(l.HTML, want) {
			t.Errorf("no %q in\n%s", want, l.HTML)
		}
	}
	_, got := deliver(t, m)
	kind, params, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/related" {
		t.Fatalf("got %q, %v; want multipart/related", kind, err)
	}
	found := false
	for reader := multipart.NewReader(got.Body, params["boundary"]); ; {
		part, err := reader.NextPart()
		if err != nil {
			break
		}
		if !strings.HasPrefix(part.Header.Get("Content-Type"), "image/png") {
			continue
		}
		found = part.Header.Get("Content-Id") == "<logo>"
		if body, err := io.ReadAll(part); err != nil || len(body) == 0 || bytes.Contains(body, aPicture) {
			t.Errorf("the picture is %d bytes, %v", len(body), err)
		}
	}
	if !found {
		t.Error("the letter does not carry the picture")
	}
}

// Whatever a letter is about, and in whatever language, it looks like its tenant
// and loads nothing from elsewhere.
func TestEveryLetterHasTheBrand(t *testing.T) {
	for lang := range tongues {
		for _, kind := range kinds {
			m := linkMessage(linkCanary)
			m.Kind, m.Language = kind, lang
			if plain := write(t, m).HTML; strings.Contains(plain, "border-top") || strings.Contains(plain, "<img") {
				t.Errorf("%s: a brand where there is none:\n%s", path(lang, kind, ""), plain)
			}
			m.Color, m.Logo, m.LogoType = "#ffee00", aPicture, "image/webp"
			branded := write(t, m).HTML
			for _, want := range []string{";border-top:6px solid #ffee00\"", `src="cid:logo"`} {
				if strings.Count(branded, want) != 1 {
					t.Errorf("%s: not once %q in\n%s", path(lang, kind, ""), want, branded)
				}
			}
			if got := strings.Count(branded, "src="); got != 1 || strings.Contains(branded, "url(") {
				t.Errorf("%s: it loads something from elsewhere:\n%s", path(lang, kind, ""), branded)
			}
		}
	}
}

// Who invites chose that name: it advertises nothing either.
func TestWhoInvites(t *testing.T) {
	for from, want := range map[string]string{
		"": "You are invited to Acme (Latchkey).", "Ann Lee": "Ann Lee invites you to Acme (Latchkey).",
		"win at evil.test": "You are invited to Acme (Latchkey).", "<b>Ann</b>": "<b>Ann</b> invites you to",
	} {
		m := linkMessage(linkCanary)
		m.Kind, m.Name, m.Facts.From = "invitation", "", from
		l := write(t, m)
		if !strings.HasPrefix(l.Text, "Hello,\n\n"+want) || strings.Contains(l.HTML, "<b>") {
			t.Errorf("%q: got %s\n%s", from, l.Text, l.HTML)
		}
	}
}

// What was never checked, or comes from a newer release, is not put into a style
// or sent as a picture.
func TestABrandThatIsNone(t *testing.T) {
	m := codeMessage()
	m.Kind, m.Facts.Link = "password_reset", "https://id.example/auth/password/reset?token=abcdefgh"
	m.Sender, m.Color, m.Logo, m.LogoType = "nobody", "red;}", aPicture, "image/svg+xml"
	l := write(t, m)
	if l.Logo != nil || strings.Contains(l.HTML, "<img") || !strings.Contains(l.HTML, "background:"+plainColor+";color:#ffffff") {
		t.Errorf("it is used: %s", l.HTML)
	}
	if l.From != newRenderer(t).from {
		t.Errorf("it is from %v", l.From)
	}
}

func TestInkCanBeRead(t *testing.T) {
	for color, want := range map[string]string{
		"#000000": "#ffffff", "#ffffff": "#000000", "#ffee00": "#000000", "#1a56c4": "#ffffff", "#00ff00": "#000000", "#0000ff": "#ffffff", "#777777": "#000000", "#757575": "#ffffff", "#700000": "#ffffff",
	} {
		if _, got := colors(color); string(got) != want {
			t.Errorf("on %s: %s, want %s", color, got, want)
		}
	}
}
