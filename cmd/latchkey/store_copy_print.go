package main

import (
	"fmt"
	"io"
	"time"

	"github.com/latchkey/latchkey/internal/ferry"
)

// copiedKind is what there is of a kind of rows in a database and its copy.
type copiedKind struct {
	Database   string     `json:"database"` // "deployment", or the name of a tenant's
	Kind       string     `json:"kind"`
	Rows       int64      `json:"rows"`
	Put        int64      `json:"put"`
	Dropped    int64      `json:"dropped"`
	Sum        ferry.Sum  `json:"sha256"`
	TargetRows *int64     `json:"targetRows,omitempty"` // where it is another number, or the sum is another
	TargetSum  *ferry.Sum `json:"targetSha256,omitempty"`
}

// printCopied prints what was counted; kinds of which there is nothing have no
// line.
func printCopied(out io.Writer, asJSON bool, all []copiedDatabase) error {
	var lines []copiedKind
	for _, db := range all {
		for _, l := range db.loads {
			line := copiedKind{Database: db.name, Kind: l.Kind, Rows: l.From.Rows, Put: l.Put, Dropped: l.Dropped, Sum: l.From.Sum}
			if !l.Same() {
				line.TargetRows, line.TargetSum = &l.To.Rows, &l.To.Sum
			}
			if l.From.Rows+l.To.Rows+l.Put+l.Dropped > 0 {
				lines = append(lines, line)
			}
		}
	}
	return printAll(out, asJSON, "DATABASE, KIND, ROWS, PUT, DROPPED, SHA-256", func(l copiedKind) []string {
		sum := l.Sum.String()
		if l.TargetRows != nil {
			sum = fmt.Sprintf("differs: the target has %d rows, and %s", *l.TargetRows, *l.TargetSum)
		}
		return []string{l.Database, l.Kind, fmt.Sprint(l.Rows), fmt.Sprint(l.Put), fmt.Sprint(l.Dropped), sum}
	}, lines)
}

// shipping says how far a copy is: on a terminal in one line that changes, in a
// log now and then.
type shipping struct {
	out   io.Writer
	live  bool
	every time.Duration
	last  time.Time // when it was said
	what  string    // is counted
	began time.Time // with that
}

func newShipping(out io.Writer) *shipping {
	s := &shipping{out: out, live: watched(out), every: progressLogged, last: time.Now()}
	if s.live {
		s.every = progressShown
	}
	return s
}

// of says how far the copy of a database is.
func (s *shipping) of(database string) func(ferry.Progress) {
	return func(p ferry.Progress) {
		doing := "copied"
		if p.Checked {
			doing = "read again"
		}
		now, what := time.Now(), fmt.Sprintf("%s: %s %s", plain(database), p.Kind, doing)
		if what != s.what {
			s.what, s.began = what, now
		}
		if now.Sub(s.last) < s.every {
			return
		}
		s.last = now
		rate := float64(p.Rows) / max(now.Sub(s.began).Seconds(), 0.001)
		s.say(fmt.Sprintf("%s: %d, %.0f a second", what, p.Rows, rate))
	}
}

func (s *shipping) say(text string) {
	if s.live {
		fmt.Fprint(s.out, clearLine, text)
		return
	}
	fmt.Fprintln(s.out, text)
}

// tell says something that stays.
func (s *shipping) tell(text string) {
	s.end()
	fmt.Fprintln(s.out, text)
}

// end takes away the line that changes.
func (s *shipping) end() {
	if s.live {
		fmt.Fprint(s.out, clearLine)
	}
}
