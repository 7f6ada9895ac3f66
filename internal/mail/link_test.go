package mail

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/latchkey/latchkey/internal/auth"
)

// linkMessage is a message that is about a link.
func linkMessage(link string) auth.Message {
	m := codeMessage()
	m.Kind, m.Facts.Code, m.Facts.Link, m.Facts.Life = auth.MessageReset, "", link, day
	return m
}

func TestALinkIsWrittenAsItIs(t *testing.T) {
	for name, link := range map[string]string{
		"usual":           linkCanary,
		"long":            "https://" + strings.Repeat("sub.", 40) + "example.com/a/rather/long/folder/auth/unlock?token=" + strings.Repeat("aB-_", 20),
		"port and IPv6":   "http://[::1]:3502/auth/reset?token=abc",
		"two values":      "https://a.test/x?token=abc&lang=ko&copy=1&lt=2",
		"percent, plus":   "https://a.test/x?token=a%2Bb+c%3D=",
		"with a fragment": "https://a.test/x?token=abc#top",
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range kinds {
				if !linked(kind) {
					continue
				}
				m := linkMessage(link)
				m.Kind = kind
				for lang := range tongues {
					m.Language = lang
					l := write(t, m)
					if l.Link != link {
						t.Errorf("%s, %s: the letter has the link %q, want %q", lang, kind, l.Link, link)
					}
					if !strings.Contains(l.Text, "\n    "+link+"\n") {
						t.Errorf("%s, %s: the text has no line with the link:\n%s", lang, kind, l.Text)
					}
					if hrefs, said := links(t, l.HTML); len(hrefs) != 2 || hrefs[0] != link || hrefs[1] != link || said[1] != link {
						t.Errorf("%s, %s: the HTML links to %q as %q, want a button and the address", lang, kind, hrefs, said)
					}
				}
			}
		})
	}
}

// links are what a mail program makes of a letter's links.
func links(t *testing.T, letter string) (hrefs, said []string) {
	t.Helper()
	root, err := html.Parse(bytes.NewReader([]byte(letter)))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" {
			for _, a := range n.Attr {
				if a.Key == "href" {
					hrefs = append(hrefs, a.Val)
				}
			}
			said = append(said, n.FirstChild.Data)
		}
	}
	return hrefs, said
}

func TestALetterWithoutItsLinkIsRefused(t *testing.T) {
	for _, link := range []string{
		"", "/auth/unlock?token=abc", "id.example.com/x", "javascript:alert(1)", "data:text/html,x", "ftp://a.test/x", "//a.test/x",
		"https://", "https://:443/x", "https://me@a.test/x", "https://a.test/x y", "https://a.test/\r\nBcc: eve@evil.test", "https://a.test/\"><b>", "https://a.test/가",
		"https://a.test/\u202E", "https://a.test/%zz", "https://a.test/(x)", "https://a.test/'x'",
	} {
		l, err := newRenderer(t).Write(linkMessage(link))
		if !errors.Is(err, ErrRefused) {
			t.Errorf("%q: got %v, want %v", link, err, ErrRefused)
		}
		if l.Link != "" || err != nil && link != "" && strings.Contains(err.Error(), link) {
			t.Errorf("%q is in the letter or its error: %v", link, err)
		}
	}
}

func TestLettersWithoutALinkHaveNone(t *testing.T) {
	for _, kind := range kinds {
		if linked(kind) {
			continue
		}
		m := linkMessage(linkCanary)
		m.Kind = kind
		l := write(t, m)
		if hrefs, _ := links(t, l.HTML); len(hrefs) > 0 || strings.Contains(l.Text, "://") {
			t.Errorf("%s links to %q:\n%s", kind, hrefs, l.Text)
		}
	}
}

// A server that scans letters may quote what it dislikes.
func TestAServerThatQuotesTheLink(t *testing.T) {
	l := write(t, linkMessage(linkCanary))
	const token = "Zk3vQ-canary_0aB9cD8eF7gH6iJ5kL4mN3oP2qR1sT0uV"
	for _, answer := range []string{
		"554 blocked: " + linkCanary, "554 blocked: " + linkCanary[:len(linkCanary)-10] + "…", "554 " + token + " looks bad",
		"554 " + strings.ToLower(token), "554 <" + token[:8] + ">",
	} {
		if got := strings.ToLower(l.hush(answer)); strings.Contains(got, "zk3vq-ca") || strings.Contains(got, "kl4mn3") {
			t.Errorf("%q: got %q, which tells of the token", answer, got)
		}
	}
	if got, want := l.hush("554 blocked: https://id.latchkey.example/auth/unlock"), "554 blocked: https://id.latchkey.example/auth/unlock"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
