package mail

import (
	"net/url"
	"regexp"
	"strings"
)

// unchanged are the characters of an address (RFC 3986) that stay as they are
// in a text, in an attribute and in a mail program that makes a link of them.
var unchanged = regexp.MustCompile(`^[A-Za-z0-9\-._~:/?#\[\]@!$&*+,;=%]+$`)

// sound reports whether a link is a whole address of the web that can be put
// into a letter as it is. A link is never shortened as other values are: one
// character less and it opens nothing.
func sound(link string) bool {
	u, err := url.Parse(link)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil &&
		unchanged.MatchString(link)
}

// tokens are how the secrets of a link begin: the values of its query, of which
// a server that quotes the link may cut the end. Short ones hide nothing.
func tokens(link string) (starts []string) {
	const start = 8
	_, query, _ := strings.Cut(link, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if _, value, _ := strings.Cut(pair, "="); len(value) >= start {
			starts = append(starts, value[:start])
		}
	}
	return starts
}

var advertised = regexp.MustCompile(`(?i)://|\bwww\.|\pL[.。．｡]\pL{2,}`)

// linkless drops a value that mail programs would make a link of. People choose
// their name and whose address they sign up with: a letter of ours must not
// carry their advertisement to a stranger.
func linkless(s string) string {
	if advertised.MatchString(s) {
		return ""
	}
	return s
}
