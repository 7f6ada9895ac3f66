package mail

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// deliver sends a message to a real server and reads what came.
func deliver(t *testing.T, m auth.Message) (taken, *netmail.Message) {
	t.Helper()
	server := &sink{}
	if err := server.start(t).Deliver(t.Context(), write(t, m)); err != nil {
		t.Fatal(err)
	}
	got := server.letters()
	if len(got) != 1 {
		t.Fatalf("got %d letters, want 1", len(got))
	}
	parsed, err := netmail.ReadMessage(bytes.NewReader(got[0].raw))
	if err != nil {
		t.Fatal(err)
	}
	return got[0], parsed
}

// parts decodes both halves of the body, by content type.
func parts(t *testing.T, m *netmail.Message) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("got %q, %v; want multipart/alternative", kind, err)
	}
	found := map[string]string{}
	for reader := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := part.Header.Get("Content-Transfer-Encoding"); got != "quoted-printable" {
			t.Fatalf("got encoding %q, want quoted-printable", got)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		found[strings.ToLower(part.Header.Get("Content-Type"))] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
}

func TestKoreanArrives(t *testing.T) {
	m := codeMessage()
	m.Language, m.Name, m.TenantName = "ko", "김민지", "한빛출판"
	l := write(t, m)
	_, got := deliver(t, m)

	var word mime.WordDecoder
	subject, err := word.DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != "한빛출판 (Latchkey) 로그인 코드" {
		t.Errorf("got subject %q, %v", subject, err)
	}
	to, err := got.Header.AddressList("To")
	if err != nil || len(to) != 1 || *to[0] != (netmail.Address{Name: "김민지", Address: "minji.kim@example.com"}) {
		t.Errorf("got To %v, %v", to, err)
	}
	want := map[string]string{"text/plain; charset=utf-8": l.Text, "text/html; charset=utf-8": l.HTML}
	if diff := cmp.Diff(want, parts(t, got)); diff != "" {
		t.Errorf("the body is not what was written (-want +got):\n%s", diff)
	}
	for i, b := range []byte(got.Header.Get("Subject") + got.Header.Get("To")) {
		if b >= 0x80 {
			t.Fatalf("byte %d of the headers is not ASCII", i)
		}
	}
}

func TestHeaders(t *testing.T) {
	envelope, got := deliver(t, codeMessage())
	for name, want := range map[string]string{
		"Message-Id":     "<01977e1c-3f6a-7c1e-9d2b-5a6b7c8d9e0f@latchkey.example>",
		"From":           `"Latchkey" <no-reply@latchkey.example>`,
		"Auto-Submitted": "auto-generated",
		"Mime-Version":   "1.0",
	} {
		if got := got.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if at, err := got.Header.Date(); err != nil || at.Before(time.Now().Add(-time.Hour)) {
		t.Errorf("got date %v, %v", at, err)
	}
	if envelope.from != "no-reply@latchkey.example" {
		t.Errorf("got sender %q", envelope.from)
	}
}

func TestNoHeaderIsInjected(t *testing.T) {
	plain, letter := deliver(t, codeMessage())
	want := slices.Sorted(maps.Keys(letter.Header))
	for _, evil := range []string{
		"x\r\nBcc: eve@evil.test", "x\nBcc: eve@evil.test", "x\r\n\r\nHello", `x" <eve@evil.test>, "y`,
		"x\u2028Bcc: eve@evil.test", "x\u0085Bcc: eve@evil.test", "=?utf-8?q?x=0D=0ABcc:_eve@evil=2Etest?=", "<eve@evil.test>",
		strings.Repeat("가", 500) + "\r\nBcc: eve@evil.test", "\xff\r\n.\r\nMAIL FROM:<eve@evil.test>",
	} {
		m := codeMessage()
		m.Name, m.TenantName, m.Facts.Device, m.Facts.Address = evil, evil, evil, evil
		envelope, got := deliver(t, m)
		if diff := cmp.Diff(plain.to, envelope.to); diff != "" || len(envelope.to) != 1 {
			t.Errorf("%q: recipients (-want +got):\n%s", evil, diff)
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got.Header))); diff != "" {
			t.Errorf("%q: headers (-want +got):\n%s", evil, diff)
		}
		if to, err := got.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != m.Email {
			t.Errorf("%q: got To %v, %v", evil, to, err)
		}
		if len(parts(t, got)) != 2 {
			t.Errorf("%q: the body has other parts than text and HTML", evil)
		}
	}
}
