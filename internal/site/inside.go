package site

import (
	"net/http"
	"slices"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// inside are the pages of who is logged in.
func (s *Site) inside() {
	s.show(account+"/{$}", loggedIn(func(v *visit) { v.see(account + "/devices") }))
	s.show(account+"/devices", loggedIn(showDevices))
	s.show(account+"/history", loggedIn(showHistory))
	s.act(account+"/devices/end", loggedIn(endDevice))
	s.act(account+"/devices/end-others", loggedIn(endOthers))
	s.show(account+"/profile", loggedIn(showProfile))
	s.act(account+"/profile", loggedIn(sendProfile))
	s.show(account+"/password", loggedIn(asking("password")))
	s.act(account+"/password", loggedIn(sendPassword))
	s.show(account+"/memberships", loggedIn(showMemberships))
	s.act(account+"/memberships/switch", loggedIn(switchTenant))
	s.act(account+"/memberships/main", loggedIn(setMainTenant))
	s.act(account+"/memberships/leave", loggedIn(leaveTenant))
	s.act(account+"/logout", loggedIn(logOut))
}

// Device is a session as the page of devices shows it.
type device struct {
	auth.SessionView
	Browser string // "Firefox", as far as the name of the device tells
	System  string // "Android"
}

// Icon names the picture of the device.
func (d device) Icon() string {
	switch d.System {
	case "Android", "iPhone":
		return "phone"
	case "iPad":
		return "tablet"
	case "":
		return "terminal"
	}
	return "laptop"
}

// BrowserIcon names the picture of the browser, "" for a program that is none.
func (d device) BrowserIcon() string {
	switch {
	case d.System == "":
		return ""
	case slices.Contains([]string{"Chrome", "Chromium", "Edge", "Opera", "Samsung Internet", "Whale"}, d.Browser): // of one engine
		return "chrome"
	case d.Browser == "Firefox":
		return "firefox"
	case d.Browser == "Safari":
		return "safari"
	}
	return "browser"
}

func showDevices(v *visit) {
	a := v.ask(http.MethodGet, "/auth/sessions", nil)
	if !a.ok() {
		v.failed(a)
		return
	}
	v.devices(nil, a)
}

func (v *visit) devices(failed *answer, a answer) {
	var sessions []auth.SessionView
	if err := a.read(&sessions); err != nil {
		v.failed(v.broken("the devices could not be read", err))
		return
	}
	devices := make([]device, 0, len(sessions))
	for _, s := range sessions {
		d := device{SessionView: s}
		d.Browser, d.System, _ = strings.Cut(s.DeviceName, " on ")
		devices = append(devices, d)
	}
	status := http.StatusOK
	if failed != nil {
		status = failed.Status
	}
	v.render(status, page{name: "devices", data: devices, failed: failed})
}

// endDevice ends the session that the form names; ending one's own is a log-out.
func endDevice(v *visit) {
	a := v.ask(http.MethodPost, "/auth/logout/session", map[string]string{"sessionId": v.field("session")})
	v.ended(a)
}

func endOthers(v *visit) {
	v.ended(v.ask(http.MethodPost, "/auth/logout/all", map[string]bool{"keepCurrent": true}))
}

// ended shows the list as it is after an end.
func (v *visit) ended(a answer) {
	switch {
	case v.cookie(refreshCookie) == "":
		v.say(auth.OutcomeLoggedOut.Code)
		v.see(account + "/login")
	case a.ok():
		v.say(a.Meta.Code)
		v.see(account + "/devices")
	default:
		v.devices(&a, v.ask(http.MethodGet, "/auth/sessions", nil))
	}
}

func logOut(v *visit) {
	if a := v.ask(http.MethodPost, "/auth/logout", nil); !a.ok() && a.Status != http.StatusUnauthorized {
		v.failed(a)
		return
	}
	v.say(auth.OutcomeLoggedOut.Code)
	v.see(account + "/login")
}
