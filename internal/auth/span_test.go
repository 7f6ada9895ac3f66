package auth

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDurationsReadAsTheSeedsAndAsGo(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"15m":    15 * time.Minute,
		"7d":     7 * day,
		"365d":   365 * day,
		"1w":     7 * day,
		"1h30m":  90 * time.Minute,
		"1d12h":  36 * time.Hour,
		"1.5h":   90 * time.Minute,
		"1.5d":   36 * time.Hour,
		"250ms":  250 * time.Millisecond,
		"0s":     0,
		"10µs":   10 * time.Microsecond,
		"1w1d1s": 8*day + time.Second,
	} {
		got, err := ParseDuration(text)
		if err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestWrongDurationsAreRefusedWithTheMend(t *testing.T) {
	notDuration := errNotDuration.Error()
	for text, want := range map[string]string{
		"":                      "is empty; write a duration such as 15m, 7d or 1h30m",
		"-5m":                   "is negative; write a duration such as 15m, 7d or 1h30m",
		"900":                   "has no unit; write 900s or 15m",
		"45":                    "has no unit; write 45s or 45m",
		"0":                     "has no unit; write a unit after it, such as 15m or 7d",
		"99999999999999999":     "has no unit; write a unit after it, such as 15m or 7d",
		"9223372036854775808ns": errTooLong.Error(),
		"106752d":               errTooLong.Error(),
		"106751d106751d":        errTooLong.Error(),
		"15251w":                errTooLong.Error(),
		"15":                    "has no unit; write 15s or 15m",
		"1h30":                  notDuration,
		"15 m":                  notDuration,
		"15M":                   notDuration,
		"1y":                    notDuration,
		"soon":                  notDuration,
		".m":                    notDuration,
		"1.2.3h":                notDuration,
		"1.5":                   notDuration,
		"+5m":                   notDuration,
		"5m-1s":                 notDuration,
		"٣m":                    notDuration,
	} {
		d, err := ParseDuration(text)
		if err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, d)
			continue
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("ParseDuration(%q), -want +got:\n%s", text, diff)
		}
	}
}

func TestDurationsPrintAsTheyRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.Duration(rapid.Int64Min(0).Draw(t, "nanoseconds"))
		got, err := ParseDuration(FormatDuration(want))
		if err != nil || got != want {
			t.Fatalf("%d prints as %s, reads as %d, %v", want, FormatDuration(want), got, err)
		}
	})
}
