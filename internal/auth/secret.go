package auth

import "log/slog"

// Secret is a string that must never be seen: a password, a code, a token, a
// hash. Whatever prints it, prints "[redacted]"; [Secret.Reveal] is the one way
// to the value, so that a search for it finds every place that looks.
type Secret string

const redacted = "[redacted]"

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the value from fmt.
func (Secret) String() string { return redacted }

// GoString hides the value from %#v.
func (Secret) GoString() string { return redacted }

// LogValue hides the value from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the value from every encoder.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
