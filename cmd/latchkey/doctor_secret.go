package main

import (
	"fmt"
	"strings"
)

// checkSecrets looks for secrets that somebody typed instead of drawing them.
func checkSecrets(s Settings) (found []finding) {
	const mend = "openssl rand -base64 32"
	if why := weak(s.JWTSecret.Reveal()); why != "" {
		found = append(found, fail("JWT_SECRET "+why+": who guesses it signs tokens for anybody", "change it here and at every guard; make one with: "+mend))
	}
	master := s.MasterKey.Reveal()
	why := weak(master)
	if master != "" && why == "" && !strings.ContainsFunc(master, func(r rune) bool { return r < ' ' || r > '~' }) {
		why = "is text, which 32 random bytes never are"
	}
	if why != "" {
		found = append(found, warn("LATCHKEY_SECRET "+why, "a database keeps the key that it was made with; make the next one's with: "+mend))
	}
	return found
}

// weak says why a secret can be guessed; "" when nothing speaks for it, or it
// is not set.
func weak(secret string) string {
	if secret == "" {
		return ""
	}
	various := map[byte]bool{}
	for i := range len(secret) {
		various[secret[i]] = true
	}
	// Of 32 random hexadecimal digits hardly ever fewer are different ones.
	const least = 9
	if len(various) < least {
		return fmt.Sprintf("has only %d different characters", len(various))
	}
	for period := 1; period <= len(secret)/2; period++ {
		if strings.HasPrefix(secret, secret[period:]) {
			return fmt.Sprintf("repeats itself after %d characters", period)
		}
	}
	for _, word := range []string{"secret", "password", "changeme", "change-me", "change_me", "latchkey", "example", "default", "qwerty", "abcdefgh", "01234567"} {
		if strings.Contains(strings.ToLower(secret), word) {
			return "holds a word that everybody tries"
		}
	}
	return ""
}
