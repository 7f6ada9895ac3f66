package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// letters is what the mailbox beside the page shows, "" while it loads.
func letters(t *testing.T, p *reader) (text string) {
	t.Helper()
	p.run(t, `document.querySelector(".mailbox iframe")?.contentDocument?.body?.innerText ?? ""`, &text)
	return text
}

// beside wants the mailbox right of the page where there is room, else below it.
func beside(t *testing.T, p *reader) {
	t.Helper()
	for _, width := range widths {
		p.wide(t, width, "light")
		var right bool
		p.run(t, `document.querySelector(".mailbox").getBoundingClientRect().left >= document.querySelector("main").getBoundingClientRect().right`, &right)
		if want := width >= 1000; right != want {
			t.Errorf("at %d px the mailbox is right of the page: %v, want %v", width, right, want)
		}
	}
}

// TestPages walks through the pages of an account as people do.
func TestPages(t *testing.T) {
	t.Parallel()
	b := browse(t)
	t.Run("a newcomer signs up and ends another device", func(t *testing.T) { newcomer(t, b) })
}

// newcomer goes the way that make run leads.
func newcomer(t *testing.T, b *browser) {
	places, err := filepath.Abs("../internal/place/testdata/places.mmdb") // in which this machine is in Seoul
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off", "GEOIP_FILE": places}))
	p := b.read(t, s, "/")
	p.look(t, "home")
	beside(t, p)
	p.press(t, "Sign up")
	p.look(t, "sign-up")
	who := newPerson()
	p.fill(t, "name", who.Name, "email", who.Email, "password", who.Password)
	p.press(t, "Make an account")
	p.shows(t, "Enter the code")
	p.look(t, "code")
	code := s.devCode(t, who.Email)
	within(t, patience, "the mailbox beside the page shows the code by itself", func() bool { return strings.Contains(letters(t, p), code) })
	p.leaving(t, func() { p.fill(t, "code", code) }) // sends itself
	p.shows(t, "Devices", "This device", "Seoul, South Korea")
	p.look(t, "devices-one")

	other := b.read(t, s, "/auth/account/login")
	other.look(t, "login")
	other.fill(t, "who", who.Email, "password", who.Password)
	other.press(t, "Log in")
	other.shows(t, "Enter the code")
	other.leaving(t, func() { other.fill(t, "code", s.devCode(t, who.Email)) })
	other.shows(t, "Log out all other devices")
	other.look(t, "devices")

	p.visit(t, "/auth/account/devices")
	p.click(t, "Log out all other devices")
	p.shows(t, "It happens at once")
	p.look(t, "devices-ask")
	p.leaving(t, func() { p.clickIn(t, "#end-others", "Log out") })
	p.shows(t, "All other devices are logged out.")
	other.shows(t, "You were logged out on this device.")
	other.look(t, "login-ended")
	for _, r := range []*reader{p, other} {
		if trouble := r.trouble(t, s.base); len(trouble) > 0 {
			t.Errorf("%d troubles: %s", len(trouble), trouble)
		}
	}
}
