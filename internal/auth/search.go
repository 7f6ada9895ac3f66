package auth

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// termLimit bounds a search term, in bytes.
const termLimit = 120

// SearchTerm is the form in which accounts are searched: NFKC, lower case,
// single spaces.
func SearchTerm(s string) string {
	s = strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(s, "")))), " ")
	return strings.TrimSpace(clip(s, termLimit))
}

// termsLimit bounds the terms of one account.
const termsLimit = 16

// Terms returns what an account is found by when one of them begins with what
// was asked for: e-mail, username, mobile with and without its +, name and
// nickname from each of their words on. Sorted, each once.
func (u User) Terms() []string {
	terms := []string{u.Email, u.Username, u.Mobile, strings.TrimPrefix(u.Mobile, "+")}
	for _, s := range []string{u.Name, u.Nickname} {
		for s = SearchTerm(s); s != "" && len(terms) < termsLimit; {
			terms = append(terms, s)
			_, s, _ = strings.Cut(s, " ")
		}
	}
	for i, t := range terms {
		terms[i] = SearchTerm(t)
	}
	slices.Sort(terms)
	return slices.DeleteFunc(slices.Compact(terms), func(t string) bool { return t == "" })
}
