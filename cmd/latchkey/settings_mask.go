package main

import "strings"

// A masking says how a value is printed.
type masking int

const (
	maskNothing  masking = iota
	maskPassword         // a URL: without its password and options
	maskAll              // only whether it is set
)

// show returns the value as it may be printed.
func (m masking) show(text string) string {
	switch {
	case m == maskAll && text != "":
		return "[set]"
	case m == maskPassword:
		return maskURL(text)
	}
	return text
}

// maskURL leaves scheme, user, host and path of a URL. It cuts by hand, since
// a URL with a bare @ or / in its password does not parse and must be masked
// all the same: what is not recognised is not shown.
func maskURL(text string) string {
	if text == "" || strings.HasPrefix(text, "sqlite:") {
		return text
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return "[set]"
	}
	user, host := "", rest
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		name, password, found := strings.Cut(rest[:at], ":")
		if strings.ContainsAny(name, "/?#@") {
			return scheme + "://[set]"
		}
		if found && password != "" {
			name += ":***"
		}
		user, host = name+"@", rest[at+1:]
	}
	if cut := strings.IndexAny(host, "?#"); cut >= 0 {
		host = host[:cut] + "?***"
	}
	return scheme + "://" + user + host
}
