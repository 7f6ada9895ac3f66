package password

import (
	"slices"
	"strings"
	"unicode"
)

// What an own word must weigh to count, and how many characters beside own
// words make a password.
const (
	leastWeight = 4
	leastRest   = 4
)

// isOwn says whether the folded password is little more than words of context:
// once they are taken out, fewer than four characters are left, or no letter.
// A long passphrase that merely contains a name is fine (ASVS 6.2.11).
//
// It looks at the password twice, as it is and without separators, so that
// neither "alice.kim2024" nor "a-l-i-c-e-k-i-m" passes for Alice Kim.
func isOwn(folded string, context []string) bool {
	words := ownWords(context)
	return leavesLittle(folded, words) || leavesLittle(squash(folded), words)
}

func leavesLittle(folded string, words []string) bool {
	rest := folded
	for _, word := range words {
		// A gap, so that what stood on both sides does not join to a new word.
		rest = strings.ReplaceAll(rest, word, " ")
	}
	if rest == folded {
		return false
	}
	count, substance := 0, false
	for _, r := range rest {
		if r != ' ' {
			count++
		}
		substance = substance || !isFiller(r)
	}
	return count < leastRest || !substance
}

// ownWords returns the words to look for, longest first so that a part never
// hides the whole: each word of context, the part of an address before the @,
// both without separators, and what their separators part ("alice", "kim").
func ownWords(context []string) []string {
	var words []string
	add := func(word string) {
		if weight(word) >= leastWeight {
			words = append(words, word)
		}
	}
	for _, word := range context {
		whole := fold(word)
		name := whole
		if at := strings.LastIndexByte(whole, '@'); at >= 0 {
			name = whole[:at]
		}
		add(whole)
		add(squash(whole))
		add(name)
		add(squash(name))
		for _, part := range strings.FieldsFunc(name, isSeparator) {
			add(part)
		}
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(words)
}

// weight is the length of a word in code points, where one of a script that
// writes syllables or ideas says as much as two letters: 김철수 is as long a name
// as "kim chulsoo".
func weight(word string) int {
	n := 0
	for _, r := range word {
		n++
		if unicode.In(r, unicode.Hangul, unicode.Han, unicode.Hiragana, unicode.Katakana) {
			n++
		}
	}
	return n
}

// squash takes out all separators.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if isSeparator(r) {
			return -1
		}
		return r
	}, s)
}

// isSeparator says whether r is a space, a control or a mark of punctuation,
// among them the symbols of ASCII such as + and ~, but no emoji.
func isSeparator(r rune) bool {
	return unicode.In(r, unicode.Z, unicode.C, unicode.P, unicode.Sm, unicode.Sc, unicode.Sk)
}

// isFiller says whether r adds nothing that is hard to guess: people end a name
// with a year and an exclamation mark.
func isFiller(r rune) bool { return isSeparator(r) || unicode.IsNumber(r) }
