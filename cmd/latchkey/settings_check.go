package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/latchkey/latchkey/internal/auth"
)

// The parse functions say what is wrong with a value and how to mend it. They
// are given no empty text, and their errors follow "NAME (from …): ". A value
// that may hold a password is not repeated.

// into makes a check of a parse function and the field that keeps the result.
func into[T any](parse func(string) (T, error), at func(*Settings) *T) func(*Settings, string) error {
	return func(s *Settings, text string) error {
		value, err := parse(text)
		if err != nil {
			return err
		}
		*at(s) = value
		return nil
	}
}

// quote repeats a value in an error: on one line, not without end, and not at
// all when it may be a URL with a password in the wrong place.
func quote(text string) string {
	if strings.Contains(text, "@") && strings.Contains(text, ":") {
		return "the value"
	}
	const most = 40
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return strconv.Quote(text)
}

// oneOf takes one of the words, as they are written.
func oneOf[T ~string](choices ...T) func(string) (T, error) {
	return func(text string) (T, error) {
		words := make([]string, len(choices))
		for i, choice := range choices {
			if string(choice) == text {
				return choice, nil
			}
			words[i] = string(choice)
		}
		last := len(words) - 1
		return "", fmt.Errorf("%s is unknown; write %s or %s", quote(text), strings.Join(words[:last], ", "), words[last])
	}
}

// either takes one of two words, the first of which means yes.
func either(yes, no string) func(string) (bool, error) {
	return func(text string) (bool, error) {
		word, err := oneOf(yes, no)(text)
		return word == yes, err
	}
}

// whole takes a number within bounds.
func whole(least, most int) func(string) (int, error) {
	return func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			return 0, fmt.Errorf("%s is not a whole number from %d to %d", quote(text), least, most)
		}
		return n, nil
	}
}

func port(text string) (int, error) {
	if strings.HasPrefix(text, "tcp://") {
		return 0, errors.New("is an address, which Kubernetes sets for a Service of that name; set a port number, or enableServiceLinks: false")
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%s is not a port; write a number from 1 to 65535", quote(text))
	}
	return int(n), nil
}

// between takes a duration within bounds.
func between(least, most time.Duration) func(string) (time.Duration, error) {
	return func(text string) (time.Duration, error) {
		d, err := auth.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf("%s %w", quote(text), err)
		}
		if d < least || d > most {
			return 0, fmt.Errorf("%s is out of range; write a duration from %s to %s", quote(text), auth.FormatDuration(least), auth.FormatDuration(most))
		}
		return d, nil
	}
}

func keyRotation(text string) (time.Duration, error) {
	if text == "off" || text == "0s" {
		return 0, nil
	}
	d, err := between(time.Hour, 3650*day)(text)
	if err != nil {
		return 0, fmt.Errorf("%w, or off", err)
	}
	return d, nil
}

func minutes(text string) (time.Duration, error) {
	n, err := whole(1, 365*24*60)(text)
	return time.Duration(n) * time.Minute, err
}

// text takes what it is given.
func text(value string) (string, error) { return value, nil }

func word(text string) (string, error) {
	if strings.ContainsAny(text, " \t") {
		return "", fmt.Errorf("%s holds a space; write it without", quote(text))
	}
	return text, nil
}

func appName(text string) (string, error) {
	if n := utf8.RuneCountInString(text); n > 64 {
		return "", fmt.Errorf("is %d characters long; write at most 64", n)
	}
	return text, nil
}

func slug(text string) (string, error) {
	if !auth.ValidSlug(text) {
		return "", fmt.Errorf("%s is not a tenant's name; write 2 to 63 of a-z, 0-9 and -, not - first", quote(text))
	}
	return text, nil
}

func logLevel(text string) (slog.Level, error) {
	word, err := oneOf("debug", "info", "warn", "error")(text)
	if err != nil {
		return 0, err
	}
	var level slog.Level
	err = level.UnmarshalText([]byte(word))
	return level, err
}

// sender takes an address, with or without a name. mail.ParseAddress alone
// would take a domain without a host, such as a literal.
func sender(text string) (*mail.Address, error) {
	address, err := mail.ParseAddress(text)
	if err != nil || strings.ContainsAny(address.Address, "[]\" ") {
		return nil, fmt.Errorf("%s is not an e-mail address; write one such as no-reply@example.com or Example <no-reply@example.com>", quote(text))
	}
	return address, nil
}

// jwtSecret takes at least 256 bits (RFC 7518 §3.2: a key of the size of the
// hash output or larger).
func jwtSecret(text string) (auth.Secret, error) {
	if len(text) < 32 {
		return "", fmt.Errorf("%d bytes, at least 32 are needed; make one with: openssl rand -base64 32", len(text))
	}
	return auth.Secret(text), nil
}

var base64Alphabet = regexp.MustCompile(`^[A-Za-z0-9+/_-]+={0,2}$`)

// masterKey takes 32 bytes in base64, either alphabet, padded or not.
func masterKey(text string) (auth.Secret, error) {
	const mend = "; make one with: openssl rand -base64 32"
	if !base64Alphabet.MatchString(text) {
		return "", errors.New("is not base64" + mend)
	}
	plain := strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(text)
	key, err := base64.RawURLEncoding.DecodeString(plain)
	if err != nil {
		return "", errors.New("is not base64" + mend)
	}
	if len(key) != 32 {
		return "", fmt.Errorf("is base64 of %d bytes, 32 are needed%s", len(key), mend)
	}
	return auth.Secret(key), nil
}
