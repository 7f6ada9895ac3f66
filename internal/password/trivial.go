package password

import (
	"slices"
	"strings"
)

// isTrivial says whether the folded password is one of the many that lists of
// common passwords leave out because a rule describes them: a run of code
// points ("12345678", "hgfedcba") or of keys ("poiuytre"), a date ("24.12.1990"),
// or a repetition.
func isTrivial(folded string) bool {
	text := []rune(folded)
	return isRun(text) || isRow(text) || isDate(squash(folded)) || isRepeated(text)
}

// isRepeated says whether text repeats a unit ("aaaaaaaa", "monkeymonkey",
// "passwordpassword") that would itself be refused, as too short or as common.
func isRepeated(text []rune) bool {
	unit := period(text)
	return 2*unit <= len(text) && (unit < leastLength || isCommon(string(text[:unit])))
}

// isRow says whether text lies on one row of the keyboard, either way.
func isRow(text []rune) bool {
	forward := string(text)
	backward := slices.Clone(text)
	slices.Reverse(backward)
	for _, row := range []string{"`1234567890-=", `qwertyuiop[]\`, "qwertzuiop", "asdfghjkl;'", "zxcvbnm,./"} {
		if strings.Contains(row, forward) || strings.Contains(row, string(backward)) {
			return true
		}
	}
	return false
}

// isDate says whether digits are a day of 1900 to 2099, written with the day,
// the month or the year first. All of them are fewer than five random letters.
func isDate(digits string) bool {
	if len(digits) != 8 || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	front, back := digits[:4], digits[4:]
	return isYear(back) && (isDay(front[:2], front[2:]) || isDay(front[2:], front[:2])) ||
		isYear(front) && isDay(back[2:], back[:2])
}

func isYear(s string) bool { return "1900" <= s && s <= "2099" }

func isDay(day, month string) bool {
	return "01" <= day && day <= "31" && "01" <= month && month <= "12"
}

// isRun says whether every code point follows the one before by one step, all
// up or all down. After 9 comes 0, and after z comes a.
func isRun(text []rune) bool {
	up, down := true, true
	for i := 1; i < len(text); i++ {
		up = up && next(text[i-1]) == text[i]
		down = down && next(text[i]) == text[i-1]
	}
	return up || down
}

func next(r rune) rune {
	switch r {
	case '9':
		return '0'
	case 'z':
		return 'a'
	}
	return r + 1
}

// period returns the length of the shortest unit that text repeats, the last
// time perhaps in part; len(text) when it repeats none.
func period(text []rune) int {
	for unit := 1; unit < len(text); unit++ {
		if repeats(text, unit) {
			return unit
		}
	}
	return len(text)
}

func repeats(text []rune, unit int) bool {
	for i := unit; i < len(text); i++ {
		if text[i] != text[i-unit] {
			return false
		}
	}
	return true
}
