package device

import (
	"strings"

	"github.com/mileusna/useragent"
)

// Unknown is the name of a device that does not say what it is.
const Unknown = "Unknown device"

const (
	longestAgent   = 512 // bytes of a User-Agent that are looked at
	longestProduct = 32  // bytes of a product that is shown as it is
)

// Name says what a User-Agent header stands for: "Safari on iPhone", "curl",
// [Unknown]. The words are ours, but for the product of a program that is not in
// our tables, which is shown when it is short and plain ("MyApp/2.1" is MyApp).
func Name(userAgent string) string {
	s := strings.TrimSpace(userAgent[:min(len(userAgent), longestAgent)])
	product := s
	if i := strings.IndexAny(s, "/ (;,"); i >= 0 {
		product = s[:i]
	}
	if name, ok := programs[strings.ToLower(product)]; ok {
		return name
	}
	if product == "Mozilla" || product == "Opera" {
		return browser(s)
	}
	if plain(product) {
		return product
	}
	if strings.Contains(s, "CFNetwork/") {
		return "Apple app" // the product is the app's name, in any script
	}
	return Unknown
}

// browser names what calls itself Mozilla, as nearly all that shows pages does.
func browser(s string) string {
	ua := useragent.Parse(s)
	if ua.Bot && ua.Name != useragent.HeadlessChrome {
		return robot(s, ua.Name)
	}
	name, system := application(s, ua), system(s, ua)
	switch {
	case name != "" && system != "":
		return name + " on " + system
	case name != "":
		return name
	case system != "":
		return system + " app" // a page shown inside an app
	}
	return Unknown
}

// application names the browser, or the app with one inside that many people
// know by name; "" for any other app and for what is not known.
func application(s string, ua useragent.UserAgent) string {
	for _, m := range applicationMarks {
		if strings.Contains(s, m.in) {
			return m.name
		}
	}
	if strings.Contains(s, "; wv)") { // Android's WebView
		return ""
	}
	if name, ok := browsers[ua.Name]; ok {
		return name
	}
	switch engine := engine(s); {
	case engine != "" && plain(ua.Name): // a browser or desktop app that adds its own name
		return ua.Name
	default:
		return engine
	}
}

// engine names the browser that another one is made of. A page inside an iPhone
// app names none.
func engine(s string) string {
	for _, e := range []string{"Firefox", "Chrome", "Safari"} {
		if strings.Contains(s, e+"/") {
			return e
		}
	}
	return ""
}

// system names the operating system, or the device where that says more.
func system(s string, ua useragent.UserAgent) string {
	for _, m := range systemMarks {
		if strings.Contains(s, m.in) {
			return m.name
		}
	}
	return systems[ua.OS]
}

// robot names a program that reads the web.
func robot(s, name string) string {
	for _, m := range robotMarks {
		if strings.Contains(s, m.in) {
			return m.name
		}
	}
	if plain(name) && name != "Mozilla" {
		return name
	}
	return "Web robot"
}

// plain reports whether a product may be shown as it is. There is no dot in it,
// lest a mail program makes a link of a name that a stranger chose.
func plain(product string) bool {
	if len(product) > longestProduct {
		return false
	}
	letters := 0
	for i := range len(product) {
		switch c := product[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			letters++
		case '0' <= c && c <= '9', c == '-', c == '_', c == '+':
		default:
			return false
		}
	}
	return letters > 0
}
