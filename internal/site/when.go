package site

import "time"

// span is a length of time for people.
func (v *visit) span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return v.count("second", int(d.Seconds()))
	case d < time.Hour:
		return v.count("minute", int((d + time.Minute - 1).Minutes()))
	case d < 48*time.Hour:
		return v.count("hour", int((d + time.Hour/2).Hours()))
	}
	return v.count("day", int(d.Hours()/24))
}

// count is so many of something: English tells one from many.
func (v *visit) count(unit string, n int) string {
	if n == 1 {
		return v.T("span.one." + unit)
	}
	return v.T("span."+unit, n)
}

// Ago says how long ago something was.
func (v *visit) Ago(t time.Time) string {
	d := v.Now().Sub(t)
	if d < time.Minute {
		return v.T("span.now")
	}
	return v.T("span.ago", v.span(d))
}

// Stamp is a time for programs (HTML §4.5.14).
func (v *visit) Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Day and Moment are times for people, of UTC, which the page says.
func (v *visit) Day(t time.Time) string    { return t.UTC().Format(v.T("format.day")) }
func (v *visit) Moment(t time.Time) string { return t.UTC().Format(v.T("format.moment")) }
