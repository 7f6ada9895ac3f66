package ui

import "strings"

// anchor is an id in the page.
type anchor string

// anchorOf names a place by what stands there. Ids may hold anything but white
// space (HTML §3.2.6), so paths and codes stay as they are: post/auth/login.
func anchorOf(kind, name string) anchor {
	return anchor(kind + "/" + strings.Join(strings.Fields(strings.TrimPrefix(name, "/")), "-"))
}

// Link is the address of the place. It carries the # itself: html/template
// keeps the slashes of a whole address and escapes those of a part.
func (a anchor) Link() string { return "#" + string(a) }
