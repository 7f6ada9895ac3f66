package mail

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

var update = flag.Bool("update", false, "write the golden letters anew")

func TestLetters(t *testing.T) {
	names := map[string]string{"en": "Minji Kim", "ko": "김민지"}
	for lang, name := range names {
		for _, kind := range kinds {
			m := codeMessage()
			m.Language, m.Kind, m.Name = lang, kind, name
			if linked(kind) {
				m.Facts.Link, m.Facts.Life = linkCanary, day
			}
			if kind == auth.MessageInvitation { // to an address that may be nobody's yet
				m.Name, m.Facts.From = "", name
			}
			if kind == auth.MessageEmailChanged {
				m.Facts.New = "m***@new.example"
			}
			if kind != auth.MessageLoginCode {
				m.Facts.Code = ""
			}
			golden(t, path(lang, kind, ".txtar"), write(t, m))
		}
		m := codeMessage()
		m.Language, m.Name, m.TenantName = lang, "", "Latchkey"
		m.Facts = auth.Facts{Code: canary}
		golden(t, lang+"/login_code_bare.txtar", write(t, m))
	}
}

// golden compares a letter with testdata/name, or writes it there.
func golden(t *testing.T, name string, l Letter) {
	t.Helper()
	got := fmt.Sprintf("-- head --\nMessage-ID: %s\nFrom: %s\nTo: %s\nSubject: %s\n-- text --\n%s-- html --\n%s",
		l.ID, l.From.String(), l.To.String(), l.Subject, l.Text, l.HTML)
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); go test -update writes it anew:\n%s", file, diff)
	}
}

func TestLanguage(t *testing.T) {
	for tag, want := range map[string]string{
		"ko": "ko", "ko-KR": "ko", "KO_kr": "ko", "en-GB": "en", "": "en", "fr": "en", "kok": "en",
	} {
		if got := language(tag); got != want {
			t.Errorf("%q: got %q, want %q", tag, got, want)
		}
	}
}

func TestLife(t *testing.T) {
	cases := []struct {
		life   time.Duration
		en, ko string
	}{
		{time.Second, "1 second", "1초"},
		{time.Minute, "1 minute", "1분"},
		{5*time.Minute + 59*time.Second, "5 minutes", "5분"},
		{time.Hour, "60 minutes", "60분"},
		{2*time.Hour - time.Second, "119 minutes", "119분"},
		{24 * time.Hour, "24 hours", "24시간"},
		{48*time.Hour - time.Second, "47 hours", "47시간"},
		{48 * time.Hour, "2 days", "2일"},
		{7 * 24 * time.Hour, "7 days", "7일"},
	}
	for _, c := range cases {
		en, ko := tongues["en"].life(round(c.life)), tongues["ko"].life(round(c.life))
		if en != c.en || ko != c.ko {
			t.Errorf("%v: got %q, %q; want %q, %q", c.life, en, ko, c.en, c.ko)
		}
	}
}

func TestValuesAreEscapedAndHarmless(t *testing.T) {
	m := codeMessage()
	m.Name = "<script>alert(1)</script>\r\nBcc: eve@evil.test"
	m.TenantName = `A & B "<b>"`
	m.Facts.Device = "\u202Eevil\x1b[0m <img src=x>" + strings.Repeat("y", 300)
	m.Facts.Address = "<i>"
	l := write(t, m)
	for _, bad := range []string{"<script", "<img", "<b>", "<i>"} {
		if strings.Contains(l.HTML, bad) {
			t.Errorf("%q is in the HTML", bad)
		}
	}
	all := l.Subject + l.Text + l.HTML + l.To.Name
	for _, bad := range []string{"\r", "\u202E", "\x1b", "\nBcc", strings.Repeat("y", lineLimit+1)} {
		if strings.Contains(all, bad) {
			t.Errorf("%q is in the letter", bad)
		}
	}
	if !strings.Contains(l.Text, `A & B "<b>" (Latchkey)`) || !strings.Contains(l.HTML, "A &amp; B") {
		t.Errorf("the tenant's name is not as it was given:\n%s\n%s", l.Text, l.HTML)
	}
}

// Anyone can sign up with a stranger's address and any name.
func TestNamesAdvertiseNothing(t *testing.T) {
	for name, kept := range map[string]bool{
		"Minji Kim": true, "J. R. R. Tolkien": true, "김민지": true, "Dr. No": true,
		"win at evil.test": false, "https://127.0.0.1/x": false, "WWW.evil": false, "evil。com": false, "도박.한국": false,
	} {
		m := codeMessage()
		m.Kind, m.Name = auth.MessageWelcome, name
		l := write(t, m)
		if got := strings.Contains(l.Text+l.HTML+l.To.Name, name); got != kept {
			t.Errorf("%q: got it written: %v, want %v", name, got, kept)
		}
	}
}

func TestOneRecipient(t *testing.T) {
	for _, address := range []string{
		"", "minji", "a@example.com, b@example.com", "A <a@example.com>", "<a@example.com>", `"a b"@example.com`,
		"a@example.com (b)", "a@example.com\r\nBcc: b@example.com", " a@example.com", "a@example.com\n", "a\u202Eb@example.com",
	} {
		m := codeMessage()
		m.Email = address
		if l, err := newRenderer(t).Write(m); !errors.Is(err, ErrRefused) {
			t.Errorf("%q: got %v, %v; want %v", address, l.To, err, ErrRefused)
		}
	}
}

func TestAnUnknownKindWaits(t *testing.T) {
	m := codeMessage()
	m.Kind = "newsletter"
	if _, err := newRenderer(t).Write(m); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("got %v, want an error for now", err)
	}
}

func TestOverrides(t *testing.T) {
	cases := []struct {
		name  string
		files map[string]string
		want  []string // in the error; nil: it starts
	}{
		{"nothing", nil, nil},
		{"one file", map[string]string{"en/login_code.txt": "Subject: Ours\n\nCode {{.Code}}\n"}, nil},
		{"hidden files", map[string]string{".git/x": "", "en/.welcome.txt.swp": ""}, nil},
		{"broken text", map[string]string{"ko/welcome.txt": "Subject: x\n\n{{if}}\n"}, []string{"ko/welcome.txt:3"}},
		{"broken HTML", map[string]string{"en/welcome.html": "<p>\n{{.Name}\n</p>"}, []string{"en/welcome.html:2"}},
		{"unknown value", map[string]string{"en/welcome.txt": "Subject: x\n\n\n{{.Password}}\n"}, []string{"en/welcome.txt:4", "Password"}},
		{"unknown value in a branch", map[string]string{"en/welcome.txt": "Subject: x\n{{if not .Name}}{{.X}}{{end}}\n"}, []string{"en/welcome.txt:2"}},
		{"unsafe HTML", map[string]string{"en/welcome.html": "<a href='{{if .Name}}\"{{end}}>\n"}, []string{"en/welcome.html"}},
		{"no subject", map[string]string{"en/welcome.txt": "Hello\n"}, []string{"en/welcome.txt:1", "Subject"}},
		{"empty subject", map[string]string{"en/welcome.txt": "Subject: {{.Name}}\nHello\n"}, []string{"en/welcome.txt:1", "Subject"}},
		{"no code", map[string]string{"ko/login_code.html": "<p>…</p>"}, []string{"ko/login_code.html", "{{.Code}}"}},
		{"no link", map[string]string{"en/locked.txt": "Subject: x\n\n{{.Code}}\n"}, []string{"en/locked.txt", "{{.Link}}"}},
		{"no link in the HTML", map[string]string{"ko/new_device.html": "<p>…</p>"}, []string{"ko/new_device.html", "{{.Link}}"}},
		{"a link of the operator's", map[string]string{"en/password_reset.html": "<a href={{.Link}}>Here</a>"}, nil},
		{"unknown file", map[string]string{"en/wellcome.txt": "x"}, []string{"en/wellcome.txt", "ko/welcome.txt"}},
		{"unknown language", map[string]string{"fr/welcome.txt": "x"}, []string{"fr:", "ko/welcome.txt"}},
		{"file in the folder itself", map[string]string{"welcome.txt": "x"}, []string{"welcome.txt:", "en/welcome.txt"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			for name, text := range c.files {
				file := filepath.Join(folder, name)
				if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := NewRenderer(Config{AppName: "Latchkey", From: "a@example.com", Templates: folder})
			if (err == nil) != (c.want == nil) {
				t.Fatalf("got %v, want an error: %v", err, c.want != nil)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) || !strings.Contains(err.Error(), folder) {
					t.Errorf("%q does not name %q and the folder", err, part)
				}
			}
		})
	}
}

func TestAnOverrideIsUsed(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "ko"), 0o750); err != nil {
		t.Fatal(err)
	}
	ours := "Subject: 우리 코드\n\n코드: {{.Code}}\n"
	if err := os.WriteFile(filepath.Join(folder, "ko", "login_code.txt"), []byte(ours), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := NewRenderer(Config{AppName: "Latchkey", From: "a@example.com", Templates: folder})
	if err != nil {
		t.Fatal(err)
	}
	m := codeMessage()
	m.Language = "ko"
	l, err := r.Write(m)
	if err != nil {
		t.Fatal(err)
	}
	m.Language = "en"
	other, err := r.Write(m)
	if err != nil {
		t.Fatal(err)
	}
	if l.Subject != "우리 코드" || l.Text != "코드: "+canary+"\n" {
		t.Errorf("got %q, %q; want the operator's text", l.Subject, l.Text)
	}
	if other.Text != write(t, m).Text || !strings.Contains(l.HTML, "로그인 코드입니다") {
		t.Error("what was not overridden is not as it was")
	}
}

// A folder that was filled before a kind of letter was there goes on working:
// what it does not hold is ours.
func TestAFolderOfAnOlderRelease(t *testing.T) {
	folder := t.TempDir()
	for _, name := range known() {
		if strings.Contains(name, string(auth.MessageInvitation)) || strings.Contains(name, string(auth.MessageEmailChanged)) {
			continue
		}
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("Subject: theirs\n\n{{.Code}} {{.Link}}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := NewRenderer(Config{AppName: "Latchkey", From: "no-reply@latchkey.example", Templates: folder})
	if err != nil {
		t.Fatal(err)
	}
	for lang := range tongues {
		for _, kind := range kinds {
			m := linkMessage(linkCanary)
			m.Kind, m.Language = kind, lang
			got, err := r.Write(m)
			if err != nil {
				t.Fatal(err)
			}
			ours := kind == auth.MessageInvitation || kind == auth.MessageEmailChanged
			if same := cmp.Equal(got, write(t, m)); same != ours || (got.Subject == "theirs") == ours {
				t.Errorf("%s: it is ours: %v, want %v", path(lang, kind, ""), same, ours)
			}
		}
	}
}

func TestConfig(t *testing.T) {
	cases := []struct {
		name string
		in   Config
		want string // the error, or the sender
		ok   bool
	}{
		{"address alone", Config{AppName: "App", From: "a@example.com"}, `"App" <a@example.com>`, true},
		{"with a name", Config{AppName: "App", From: "Team <a@example.com>"}, `"Team" <a@example.com>`, true},
		{"no sender", Config{AppName: "App"}, "not an address", false},
		{"no name", Config{From: "a@example.com"}, "needs a name", false},
		{"no folder", Config{AppName: "App", From: "a@example.com", Templates: "/nonexistent"}, "/nonexistent", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := NewRenderer(c.in)
			if !c.ok {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q", err, c.want)
				}
				return
			}
			if err != nil || r.from.String() != c.want {
				t.Errorf("got %v, %v; want %s", r, err, c.want)
			}
		})
	}
}
