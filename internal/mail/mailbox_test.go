package mail

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// mailboxServer is a mailbox with three letters behind a real server.
func mailboxServer(t *testing.T) *httptest.Server {
	t.Helper()
	clock := time.Date(2026, 1, 31, 9, 26, 45, 867e6, time.UTC)
	box := &Mailbox{Now: func() time.Time { return clock }}
	for _, l := range []Letter{
		{ID: "1@x", To: netmail.Address{Name: "A", Address: "ann+1@example.com"}, Subject: "First", Text: "Code 123456", HTML: "<p>123456</p>", Code: "123456"},
		{ID: "3@x", To: netmail.Address{Address: "cleo@example.com"}, Subject: "Third", Text: "Open", HTML: "<p>Open</p>", Link: "https://app.test/unlock?token=a-b&x=1"},
		{ID: "2@x", To: netmail.Address{Address: "bob@example.com"}, Subject: "<Second>", Text: "<hello>", HTML: `<p title="q">hi</p><script>alert(1)</script>`},
	} {
		if err := box.Deliver(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	return server
}

func fetch(t *testing.T, method, url, accept string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

const (
	firstJSON  = `{"id":"1@x","to":"ann+1@example.com","subject":"First","text":"Code 123456","html":"\u003cp\u003e123456\u003c/p\u003e","code":"123456","at":"2026-01-31T09:26:45.867Z"}`
	secondJSON = `{"id":"2@x","to":"bob@example.com","subject":"\u003cSecond\u003e","text":"\u003chello\u003e","html":"\u003cp title=\"q\"\u003ehi\u003c/p\u003e\u003cscript\u003ealert(1)\u003c/script\u003e","at":"2026-01-31T09:26:45.867Z"}`
	thirdJSON  = `{"id":"3@x","to":"cleo@example.com","subject":"Third","text":"Open","html":"\u003cp\u003eOpen\u003c/p\u003e","link":"https://app.test/unlock?token=a-b\u0026x=1","at":"2026-01-31T09:26:45.867Z"}`
)

func TestMailboxJSON(t *testing.T) {
	server := mailboxServer(t)
	for query, data := range map[string]string{
		"":                           secondJSON + "," + thirdJSON + "," + firstJSON,
		"?to=BOB@example.COM":        secondJSON,
		"?to=ann%2B1@example.com":    firstJSON,
		"?to=ann+1@example.com":      firstJSON,
		"?to=cleo@example.com":       thirdJSON,
		"?to=bob":                    "",
		"?to=nobody%40example.com":   "",
		"?to=&other=bob@example.com": secondJSON + "," + thirdJSON + "," + firstJSON,
	} {
		want := `{"httpStatus":200,"message":"These are the letters that were sent.","data":[` + data +
			`],"meta":{"status":"success","code":"MAIL_LISTED"},"ts":"2026-01-31T09:26:45.867Z"}` + "\n"
		res, got := fetch(t, "GET", server.URL+"/dev/mail"+query, "application/json")
		if diff := cmp.Diff(want, got); diff != "" || res.StatusCode != 200 || res.Header.Get("Content-Type") != jsonType {
			t.Errorf("%q: got %d %s (-want +got):\n%s", query, res.StatusCode, res.Header.Get("Content-Type"), diff)
		}
	}
}

func TestMailboxPage(t *testing.T) {
	server := mailboxServer(t)
	res, got := fetch(t, "GET", server.URL, "text/html,*/*;q=0.8")
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("got %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	for _, want := range []string{
		"<h2>&lt;Second&gt;</h2>", "<pre>&lt;hello&gt;</pre>", `<dd class="code">123456</dd>`,
		`<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="&lt;base target=_blank&gt;&lt;p&gt;123456&lt;/p&gt;"`, "&lt;script&gt;",
		`<dd><a href="https://app.test/unlock?token=a-b&amp;x=1" target="_blank">https://app.test/unlock?token=a-b&amp;x=1</a></dd>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Contains(got, "<script") {
		t.Error("a letter has brought a script into the page")
	}
	if strings.Index(got, "Second") > strings.Index(got, "First") {
		t.Error("the newest letter is not the first")
	}
	if _, got := fetch(t, "GET", server.URL+"?to=%22%3E%3Cb%3E", ""); strings.Contains(got, "<b>") {
		t.Error("the filter is not escaped")
	}
}

func TestMailboxHeadersAndMethods(t *testing.T) {
	server := mailboxServer(t)
	for _, c := range []struct {
		method, accept string
		status         int
		empty          bool
	}{
		{"GET", "", 200, false}, {"GET", "application/json", 200, false}, {"HEAD", "", 200, true},
		{"POST", "", 405, false}, {"DELETE", "application/json", 405, false}, {"PUT", "text/html", 405, false},
	} {
		res, body := fetch(t, c.method, server.URL, c.accept)
		if res.StatusCode != c.status || (body == "") != c.empty {
			t.Errorf("%s: got %d and %d bytes, want %d", c.method, res.StatusCode, len(body), c.status)
		}
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Vary": "Accept",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s: got %q, want %q", c.method, name, got, want)
			}
		}
		if got := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; ") || strings.Contains(got, "script-src") {
			t.Errorf("%s: got policy %q", c.method, got)
		}
		if c.status != 405 {
			continue
		}
		var answer envelope
		if err := json.Unmarshal([]byte(body), &struct {
			HTTPStatus *int  `json:"httpStatus"`
			Meta       *meta `json:"meta"`
		}{&answer.HTTPStatus, &answer.Meta}); err != nil {
			t.Fatal(err)
		}
		if res.Header.Get("Allow") != "GET, HEAD" || answer.HTTPStatus != 405 || answer.Meta != (meta{"error", "METHOD_NOT_ALLOWED"}) {
			t.Errorf("%s: got Allow %q and %+v", c.method, res.Header.Get("Allow"), answer)
		}
	}
}

func TestMailboxForgetsTheOldest(t *testing.T) {
	for keep, want := range map[int]int{0: 200, 3: 3} {
		box := &Mailbox{Keep: keep}
		for i := range 250 {
			if err := box.Deliver(t.Context(), Letter{ID: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		got := box.letters("")
		if len(got) != want || got[0].ID != "249" || got[want-1].ID != fmt.Sprint(250-want) {
			t.Errorf("keep %d: got %d letters from %s to %s", keep, len(got), got[0].ID, got[len(got)-1].ID)
		}
	}
}

// TestMailboxShowsThePicture: the page has no other part of the mail to take it
// from, and the policy lets nothing else in. Programs get the letter as it is sent.
func TestMailboxShowsThePicture(t *testing.T) {
	box := &Mailbox{}
	l := Letter{To: netmail.Address{Address: "a@example.com"}, HTML: `<img src="cid:logo">`, Logo: aPicture, LogoType: "image/png"}
	if err := box.Deliver(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box)
	defer server.Close()
	const picture = "data:image/png;base64,iVBORw0KGgogYW5kIHRoZSByZXN0"
	if _, page := fetch(t, "GET", server.URL, "text/html"); !strings.Contains(html.UnescapeString(page), `<img src="`+picture+`">`) {
		t.Errorf("no picture on the page:\n%s", page)
	}
	if _, got := fetch(t, "GET", server.URL, "application/json"); !strings.Contains(got, "cid:logo") || strings.Contains(got, "data:") {
		t.Errorf("got %s, want the letter as it is sent", got)
	}
}
