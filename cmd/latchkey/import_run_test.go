package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// records gives out records without end, or until n.
func records(n int) func() (record, error) {
	at := 0
	return func() (record, error) {
		if at == n {
			return record{}, io.EOF
		}
		at++
		return record{line: at, user: auth.ImportedUser{Name: fmt.Sprint(at), Email: fmt.Sprint(at)}}, nil
	}
}

// TestAnImportHasManyUnderWay: as many as may be, and never more, so that the
// store writes them together and a file may have any length.
func TestAnImportHasManyUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var most, now atomic.Int64
		gate := make(chan struct{})
		i := importing{next: records(1000), put: func(context.Context, auth.ImportedUser) (auth.ImportOutcome, error) {
			most.Store(max(most.Load(), now.Add(1)))
			<-gate
			now.Add(-1)
			return auth.Imported, nil
		}}
		ended := make(chan error, 1)
		go func() { ended <- i.run(t.Context()) }()
		synctest.Wait()
		if got := now.Load(); got < inFlight || got > inFlight+2 {
			t.Errorf("%d under way, want about %d", got, inFlight)
		}
		close(gate)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := most.Load(); got > inFlight+2 {
			t.Errorf("%d were under way, want at most %d", got, inFlight+2)
		}
		if want := (importTally{Read: 1000, Created: 1000}); i.tally != want {
			t.Errorf("got %+v, want %+v", i.tally, want)
		}
	})
}

// TestRefusalsComeInOrder: of the lines, whenever each was refused.
func TestRefusalsComeInOrder(t *testing.T) {
	var told []refusal
	var mu sync.Mutex
	waiting := map[string]chan struct{}{}
	for n := range 20 {
		waiting[fmt.Sprint(n+1)] = make(chan struct{})
	}
	close(waiting["20"])
	i := importing{next: records(20), refuse: func(r refusal) error { told = append(told, r); return nil },
		put: func(_ context.Context, u auth.ImportedUser) (auth.ImportOutcome, error) {
			<-waiting[u.Name] // the last line is done first
			mu.Lock()
			defer mu.Unlock()
			var n int
			if _, err := fmt.Sscan(u.Name, &n); err != nil {
				return "", err
			}
			if n > 1 {
				close(waiting[fmt.Sprint(n-1)])
			}
			switch n % 4 {
			case 0:
				return "", auth.ErrDuplicate.With(auth.Meta{Fields: []auth.FieldProblem{{Field: "username", Problem: "is taken"}, {Field: "mobile", Problem: "is taken"}}})
			case 1:
				return auth.ImportAdd, nil
			case 2:
				return auth.ImportOld, nil
			}
			return "", auth.ErrSpaceNotFound
		}}
	if err := i.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := (importTally{Read: 20, Joined: 5, Unchanged: 5, Refused: 10}); i.tally != want {
		t.Errorf("got %+v, want %+v", i.tally, want)
	}
	if !slices.IsSortedFunc(told, func(a, b refusal) int { return a.Line - b.Line }) {
		t.Errorf("the refusals came as %v", told)
	}
	want := []refusal{{3, "There is no such space."}, {4, "username is taken; mobile is taken"}}
	if diff := cmp.Diff(want, told[:2]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestAFaultEndsAnImport: what is wrong with the database is no line's fault.
func TestAFaultEndsAnImport(t *testing.T) {
	for name, fault := range map[string]error{"unavailable": auth.ErrTenantDown, "internal": auth.ErrInternal, "unknown": errors.New("disk full")} {
		i := importing{next: records(-1), refuse: func(refusal) error { return nil },
			put: func(_ context.Context, u auth.ImportedUser) (auth.ImportOutcome, error) {
				if u.Name == "500" {
					return "", fault
				}
				return auth.Imported, nil
			}}
		if err := i.run(t.Context()); !errors.Is(err, fault) {
			t.Errorf("%s: got %v, want %v", name, err, fault)
		}
		if i.tally.Created < 499 || i.tally.Refused != 0 {
			t.Errorf("%s: got %+v", name, i.tally)
		}
	}
	broken := errors.New("the disk is gone")
	i := importing{next: func() (record, error) { return record{}, broken }}
	if err := i.run(t.Context()); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func TestAnImportCanBeInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	i := importing{next: records(-1), put: func(_ context.Context, u auth.ImportedUser) (auth.ImportOutcome, error) {
		if u.Name == "300" {
			stop()
		}
		return auth.Imported, nil
	}}
	if err := i.run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if strings.Contains(fmt.Sprint(i.tally), "-") || i.tally.Created < 290 {
		t.Errorf("got %+v", i.tally)
	}
}

// TestTheFirstLineOfAPersonWins: however many lines are under way at once.
func TestTheFirstLineOfAPersonWins(t *testing.T) {
	lines := records(2000)
	next := func() (record, error) {
		r, err := lines()
		r.user.Email = []string{"ann@example.com", " ANN@example.com"}[r.line%2]
		return r, err
	}
	var order []string // written by one at a time: that is what is tested
	i := importing{next: next, put: func(_ context.Context, u auth.ImportedUser) (auth.ImportOutcome, error) {
		order = append(order, u.Name)
		return auth.Imported, nil
	}}
	if err := i.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for n, name := range order {
		if name != fmt.Sprint(n+1) {
			t.Fatalf("line %s was taken over as number %d", name, n+1)
		}
	}
}
