package ui

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestContrast computes the contrast of every colour of text on every ground, in
// both schemes (WCAG 2.2, 1.4.3).
func TestContrast(t *testing.T) {
	light, rest, found := strings.Cut(string(style), "@media (prefers-color-scheme: dark)")
	if !found {
		t.Fatal("the style sheet has no dark scheme")
	}
	dark, _, _ := strings.Cut(rest, "\n}\n")
	for scheme, rules := range map[string]string{"light": light, "dark": dark} {
		tokens := map[string]float64{}
		for _, m := range regexp.MustCompile(`--(\w+): (#[0-9a-f]{3,6});`).FindAllStringSubmatch(rules, -1) {
			tokens[m[1]] = luminance(t, m[2])
		}
		for _, ground := range []string{"ground", "raised"} {
			for _, ink := range []string{"text", "quiet", "link", "read", "write", "change", "remove"} {
				a, b := tokens[ground], tokens[ink]
				if got := (max(a, b) + 0.05) / (min(a, b) + 0.05); got < 4.5 {
					t.Errorf("%s: %s on %s: got %.2f, want 4.5", scheme, ink, ground, got)
				}
			}
		}
		if len(tokens) < 9 {
			t.Errorf("%s: got %d colours, the test does not see them all", scheme, len(tokens))
		}
	}
}

// luminance is the relative luminance of a colour (WCAG 2.2, glossary).
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	digits := strings.TrimPrefix(colour, "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	part := func(shift int, weight float64) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return weight * c / 12.92
		}
		return weight * math.Pow((c+0.055)/1.055, 2.4)
	}
	return part(16, 0.2126) + part(8, 0.7152) + part(0, 0.0722)
}

// TestTheSheetIsUsed wants every class in the pages to have a rule and the other
// way round, so that neither outlives the other.
func TestTheSheetIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, n := range all(tree(t, fixture(t))) {
		for class := range strings.FieldsSeq(attribute(n, "class")) {
			used[class] = true
		}
	}
	// Methods that the document of today has not.
	for _, method := range []string{"PUT", "PATCH", "DELETE"} {
		used[method] = true
	}
	ruled := map[string]bool{}
	for _, m := range regexp.MustCompile(`\.([A-Za-z][\w-]*)[^{};]*\{`).FindAllString(string(style), -1) {
		for _, class := range regexp.MustCompile(`\.([A-Za-z][\w-]*)`).FindAllStringSubmatch(m, -1) {
			ruled[class[1]] = true
		}
	}
	for class := range used {
		if !ruled[class] {
			t.Errorf(".%s is in the page and has no rule", class)
		}
	}
	for class := range ruled {
		if !used[class] {
			t.Errorf(".%s has a rule and is not in the page", class)
		}
	}
}
