package ferry_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/ferry"
)

func TestACopyIsTheSame(t *testing.T) {
	for _, page := range []int{1, 2, 7, 0} {
		from, to := deployment(t), empty()
		loads := copies(t, from, to, page)
		for i, kind := range auth.RowKinds() {
			l := loads[i]
			if l.Kind != kind || !l.Same() || l.Put != l.From.Rows || l.Dropped != 0 {
				t.Errorf("load %d: got %+v, want %s, all of it put", i, l, kind)
			}
		}
		if diff := cmp.Diff(rows(t, from), rows(t, to)); diff != "" {
			t.Errorf("the copy (-source +target):\n%s", diff)
		}
	}
}

// TestSumsTellRowsApart: each kind that has rows has another sum, and a sum is of
// what is in the rows.
func TestSumsTellRowsApart(t *testing.T) {
	from := deployment(t)
	before := map[ferry.Sum]string{}
	for _, l := range copies(t, from, empty(), 0) {
		if other := before[l.From.Sum]; l.From.Rows > 0 && other != "" {
			t.Errorf("%s and %s have the same sum", l.Kind, other)
		}
		before[l.From.Sum] = l.Kind
	}
	rename(t, from, "u05", "Zoë")
	for _, l := range copies(t, from, empty(), 0) {
		if _, was := before[l.From.Sum]; was == (l.Kind == auth.RowAccounts) {
			t.Errorf("%s after an account changed: the sum is one of before: %v", l.Kind, was)
		}
	}
}

// TestACopyThatIsInterruptedGoesOn: wherever that is, and without putting again
// what was put.
func TestACopyThatIsInterruptedGoesOn(t *testing.T) {
	from := deployment(t)
	whole := put(copies(t, from, empty(), 3))
	for after := 0; ; after++ {
		to := empty()
		_, err := ferry.Copy(t.Context(), from, &failing{hold: to, after: after}, ferry.Config{Page: 3})
		if err == nil {
			if after == 0 {
				t.Fatal("nothing was put")
			}
			return
		}
		if !errors.Is(err, errFull) {
			t.Fatalf("interrupted after %d: got error %v, want %v", after, err, errFull)
		}
		there := int64(0)
		for _, all := range rows(t, to) {
			there += int64(len(all))
		}
		if again := put(copies(t, from, to, 3)); again+there != whole {
			t.Errorf("interrupted after %d writes: got %d rows, and %d when it was run again, want %d together", after, there, again, whole)
		}
	}
}

// TestACopyCatchesUp: with whatever servers did to the source since.
func TestACopyCatchesUp(t *testing.T) {
	for name, change := range changes() {
		t.Run(name, func(t *testing.T) {
			for _, page := range []int{4, 0} {
				from, to := deployment(t), empty()
				copies(t, from, to, page)
				change(t, from)
				copies(t, from, to, page)
				if diff := cmp.Diff(rows(t, from), rows(t, to)); diff != "" {
					t.Errorf("the copy (-source +target):\n%s", diff)
				}
				if again := put(copies(t, from, to, page)); again != 0 {
					t.Errorf("rows put once more: got %d, want none", again)
				}
			}
		})
	}
}

func TestATargetThatIsNoCopyIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		to   func(t *testing.T, from store) store
		want error
	}{
		"another deployment": {func(t *testing.T, _ store) store { return deployment(t) }, ferry.ErrOther},
		"a copy that was used": {func(t *testing.T, from store) store {
			to := empty()
			copies(t, from, to, 0)
			happens(t, to)
			return to
		}, ferry.ErrUsed},
		"a copy that was used, as was the source": {func(t *testing.T, from store) store {
			to := empty()
			copies(t, from, to, 0)
			happens(t, to)
			happens(t, from)
			happens(t, from)
			return to
		}, ferry.ErrUsed},
		"a copy older than the source's record": {func(t *testing.T, from store) store {
			to := empty()
			copies(t, from, to, 0)
			happens(t, from)
			sweep(t, from)
			return to
		}, ferry.ErrUsed},
		"the beginning of another copy": {func(t *testing.T, _ store) store {
			to := empty()
			if _, err := ferry.Copy(t.Context(), deployment(t), &failing{hold: to, after: 4}, ferry.Config{}); err == nil {
				t.Fatal("the copy was not interrupted")
			}
			return to
		}, ferry.ErrOther},
	} {
		t.Run(name, func(t *testing.T) {
			from := deployment(t)
			to := c.to(t, from)
			before := rows(t, to)
			_, err := ferry.Copy(t.Context(), from, to, ferry.Config{})
			if !errors.Is(err, c.want) {
				t.Errorf("got error %v, want %v", err, c.want)
			}
			if diff := cmp.Diff(before, rows(t, to)); diff != "" {
				t.Errorf("the target was changed (-before +after):\n%s", diff)
			}
		})
	}
}

// TestWhatIsNotTheSameIsNoticed: at the end both sides are read again.
func TestWhatIsNotTheSameIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		to   func(auth.Rows) auth.Rows
		kind string
	}{
		"a row is lost":    {func(r auth.Rows) auth.Rows { return &losing{hold: r, kind: auth.RowAccounts} }, auth.RowAccounts},
		"a row is another": {func(r auth.Rows) auth.Rows { return &changing{r} }, auth.RowSettings},
	} {
		t.Run(name, func(t *testing.T) {
			loads, err := ferry.Copy(t.Context(), deployment(t), c.to(empty()), ferry.Config{Page: 2})
			if !errors.Is(err, ferry.ErrDiffers) {
				t.Fatalf("got error %v, want %v", err, ferry.ErrDiffers)
			}
			for _, l := range loads {
				if l.Same() == (l.Kind == c.kind) {
					t.Errorf("%s: got the same: %v", l.Kind, l.Same())
				}
			}
		})
	}
	t.Run("somebody writes to the source", func(t *testing.T) {
		from, to := deployment(t), empty()
		wrote := false
		_, err := ferry.Copy(t.Context(), from, to, ferry.Config{Progress: func(p ferry.Progress) {
			if p.Checked && !wrote {
				wrote = true
				happens(t, from)
			}
		}})
		if !errors.Is(err, ferry.ErrDiffers) {
			t.Errorf("got error %v, want %v", err, ferry.ErrDiffers)
		}
		copies(t, from, to, 0)
	})
}

// TestProgress: of each kind all rows are counted, and then all that were read
// again.
func TestProgress(t *testing.T) {
	last := map[bool]map[string]int64{false: {}, true: {}}
	loads, err := ferry.Copy(t.Context(), deployment(t), empty(), ferry.Config{Page: 4, Progress: func(p ferry.Progress) {
		if p.Rows < last[p.Checked][p.Kind] {
			t.Errorf("%+v: it was at %d", p, last[p.Checked][p.Kind])
		}
		last[p.Checked][p.Kind] = p.Rows
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range loads {
		for checked, rows := range last {
			if rows[l.Kind] != l.From.Rows {
				t.Errorf("%s, checked %v: got %d in the end, want %d", l.Kind, checked, rows[l.Kind], l.From.Rows)
			}
		}
	}
}

// TestRowsOutOfOrderAreRefused: by them two sides cannot be compared.
func TestRowsOutOfOrderAreRefused(t *testing.T) {
	if _, err := ferry.Copy(t.Context(), backward{deployment(t)}, empty(), ferry.Config{}); err == nil {
		t.Error("got no error")
	}
}
