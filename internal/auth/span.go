package auth

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// Span is a duration that is written as people write one: 15m, 7d, 1h30m.
type Span time.Duration

// MarshalText implements encoding.TextMarshaler.
func (s Span) MarshalText() ([]byte, error) { return []byte(FormatDuration(time.Duration(s))), nil }

// UnmarshalText implements encoding.TextUnmarshaler; see [ParseDuration].
func (s *Span) UnmarshalText(text []byte) error {
	d, err := ParseDuration(string(text))
	*s = Span(d)
	return err
}

// ParseDuration reads durations as the seeds write them (15m, 7d, 365d) and
// as Go does (1h30m, 1.5h, 250ms), with d and w for 24 hours and 7 days. A bare
// number is refused, since seconds and milliseconds are both common readings
// of it. The errors do not repeat the text.
func ParseDuration(text string) (time.Duration, error) {
	if text == "" {
		return 0, errors.New("is empty; write a duration such as 15m, 7d or 1h30m")
	}
	if strings.HasPrefix(text, "-") {
		return 0, errors.New("is negative; write a duration such as 15m, 7d or 1h30m")
	}
	if strings.Trim(text, "0123456789") == "" {
		return 0, errors.New("has no unit; write " + withUnit(text))
	}
	var total time.Duration
	for rest := text; rest != ""; {
		number, unit, after := nextSpan(rest)
		part, err := oneSpan(number, unit)
		if err != nil {
			return 0, err
		}
		if part > math.MaxInt64-total {
			return 0, errTooLong
		}
		total, rest = total+part, after
	}
	return total, nil
}

var (
	errTooLong     = errors.New("is longer than can be counted; write at most 36500d")
	errNotDuration = errors.New("is not a duration; write a number and a unit (ms, s, m, h, d, w), such as 15m, 7d or 1h30m")
)

// nextSpan cuts the first number and its unit off a duration.
func nextSpan(text string) (number, unit, after string) {
	isNumber := func(r rune) bool { return r == '.' || '0' <= r && r <= '9' }
	end := strings.IndexFunc(text, func(r rune) bool { return !isNumber(r) })
	if end < 0 {
		return text, "", ""
	}
	number, text = text[:end], text[end:]
	end = strings.IndexFunc(text, isNumber)
	if end < 0 {
		return number, text, ""
	}
	return number, text[:end], text[end:]
}

// oneSpan turns a number and its unit into a duration.
func oneSpan(number, unit string) (time.Duration, error) {
	hours := time.Duration(1)
	switch unit {
	case "d":
		unit, hours = "h", 24
	case "w":
		unit, hours = "h", 7*24
	case "h", "m", "s", "ms", "us", "µs", "μs", "ns":
	default:
		return 0, errNotDuration
	}
	if strings.Trim(number, ".") == "" || strings.Count(number, ".") > 1 {
		return 0, errNotDuration
	}
	span, err := time.ParseDuration(number + unit)
	if err != nil || span > math.MaxInt64/hours {
		// The number and the unit are well formed by now: only the size is left.
		return 0, errTooLong
	}
	return span * hours, nil
}

// withUnit suggests what a bare number may have meant: "900s or 15m".
func withUnit(digits string) string {
	seconds, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || seconds == 0 {
		return "a unit after it, such as 15m or 7d"
	}
	plain := strconv.FormatInt(seconds, 10) + "s"
	if short := FormatDuration(time.Duration(seconds) * time.Second); short != plain {
		return plain + " or " + short
	}
	return plain + " or " + strconv.FormatInt(seconds, 10) + "m"
}

// FormatDuration writes a duration in the form that ParseDuration reads, in
// the largest units that fit: 90d, 1h30m, 10s.
func FormatDuration(d time.Duration) string {
	var text strings.Builder
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if n := d / unit.size; n > 0 {
			text.WriteString(strconv.FormatInt(int64(n), 10) + unit.name)
			d %= unit.size
		}
	}
	if d > 0 || text.Len() == 0 {
		text.WriteString(d.String())
	}
	return text.String()
}
