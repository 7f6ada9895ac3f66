package sql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// aside1 runs a statement on the writer's connection, between its batches.
func aside1(s *Store, query string) error {
	return s.writer.do(context.Background(), newJob(aside, func(t *tx) error {
		_, err := t.exec(query)
		return err
	}))
}

// pragma asks the writer's connection.
func pragma(t *testing.T, s *Store, name string) (value string) {
	t.Helper()
	err := s.writer.do(t.Context(), newJob(aside, func(t *tx) error {
		return t.one("PRAGMA "+name, func(row scanner) error { return row.Scan(&value) })
	}))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestWriterConnectionIsDurable(t *testing.T) {
	s := open(t, "pragma.db")
	for name, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000"} {
		if got := pragma(t, s, name); got != want {
			t.Errorf("PRAGMA %s: got %s, want %s", name, got, want)
		}
	}
	if _, err := s.pools[1].ExecContext(t.Context(), "DELETE FROM users"); err == nil {
		t.Error("a reader's connection can write")
	}
}

// hold keeps the writer busy until release is called, so that what is written
// meanwhile shares one commit.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	held, free := make(chan struct{}), make(chan struct{})
	j := newJob(aside, func(*tx) error {
		close(held)
		<-free
		return nil
	})
	if err := s.writer.(*writer).hand(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	<-held
	return func() { close(free) }
}

// queue hands a job over and returns a function that waits for its outcome.
func queue(t *testing.T, s *Store, shape shape, run func(*tx) error) (outcome func() error) {
	t.Helper()
	j := newJob(shape, run)
	if err := s.writer.(*writer).hand(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	return func() (err error) {
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("panicked: %v", v)
			}
		}()
		return j.wait(context.Background())
	}
}

func insertUser(name string) func(*tx) error {
	u, _ := newUser(name)
	return func(t *tx) error {
		_, err := t.exec(userInsert, u.Directory, u.ID, u.Name, u.Nickname, u.Email, u.Username, u.Mobile, "hash", "active", 0, 0, 0, 0, 0, 0)
		return err
	}
}

func has(t *testing.T, s *Store, name string) bool {
	t.Helper()
	_, err := s.User(t.Context(), dir, "user-"+name)
	if err != nil && !errors.Is(err, auth.ErrNoRecord) {
		t.Fatal(err)
	}
	return err == nil
}

var errTest = errors.New("test")

// failing writes first and then fails, or panics.
func failing(name string, panics bool) func(*tx) error {
	return func(t *tx) error {
		if err := insertUser(name)(t); err != nil {
			return err
		}
		if panics {
			panic("at the writer")
		}
		return errTest
	}
}

func TestAFailedJobUndoesOnlyItself(t *testing.T) {
	s := open(t, "batch.db")
	release := hold(t, s)
	before := queue(t, s, whole, insertUser("before"))
	failed := queue(t, s, whole, failing("failed", false))
	panicked := queue(t, s, whole, failing("panicked", true))
	after := queue(t, s, single, insertUser("after"))
	release()
	if err := errors.Join(before(), after()); err != nil {
		t.Errorf("neighbours of a failed job: %v", err)
	}
	if err := failed(); !errors.Is(err, errTest) {
		t.Errorf("failed job: got %v, want its own error", err)
	}
	if err := panicked(); err == nil || !strings.HasPrefix(err.Error(), "panicked: panic in a write: at the writer") {
		t.Errorf("panicking job: got %v, want a panic in its caller", err)
	}
	for name, want := range map[string]bool{"before": true, "failed": false, "panicked": false, "after": true} {
		if got := has(t, s, name); got != want {
			t.Errorf("what job %q wrote is there: got %v, want %v", name, got, want)
		}
	}
}

func TestALoneJobThatFailsIsUndone(t *testing.T) {
	s := open(t, "lone.db")
	for name, panics := range map[string]bool{"failed": false, "panicked": true} {
		if err := queue(t, s, whole, failing(name, panics))(); err == nil {
			t.Errorf("%s: got no error", name)
		}
		if has(t, s, name) {
			t.Errorf("%s: its write is there", name)
		}
	}
	addUser(t, s, "next") // the writer goes on
}

func TestACallerThatLeftIsSkipped(t *testing.T) {
	s := open(t, "left.db")
	release := hold(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	j := newJob(whole, insertUser("left"))
	if err := s.writer.(*writer).hand(ctx, j); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := j.wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	release()
	if has(t, s, "left") {
		t.Error("the job of a caller that had left was run")
	}
	if err := s.Write(ctx, auth.Note{}); !errors.Is(err, context.Canceled) {
		t.Errorf("write with an ended context: got %v", err)
	}
}

func TestABegunJobTellsItsOutcome(t *testing.T) {
	s := open(t, "begun.db")
	ctx, cancel := context.WithCancel(t.Context())
	err := s.writer.do(ctx, newJob(whole, func(t *tx) error {
		cancel()
		return insertUser("begun")(t)
	}))
	if err != nil || !has(t, s, "begun") {
		t.Errorf("got %v, written: %v; want nil, true", err, has(t, s, "begun"))
	}
}

func TestCloseFinishesWhatWaits(t *testing.T) {
	path := t.TempDir() + "/drain.db"
	s := openPath(t, path)
	release := hold(t, s)
	outcome := queue(t, s, whole, insertUser("last"))
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	release()
	if err := errors.Join(outcome(), <-closed); err != nil {
		t.Error(err)
	}
	if !has(t, openPath(t, path), "last") {
		t.Error("a write that waited at Close is lost")
	}
}

func TestFullDiskChangesNothing(t *testing.T) {
	s := open(t, "full.db")
	addUser(t, s, "before")
	pages := pragma(t, s, "page_count")
	pragma(t, s, "max_page_count = "+pages)
	big := strings.Repeat("x", 1<<20)
	release := hold(t, s)
	first := queue(t, s, whole, insertUser("beside"))
	full := queue(t, s, whole, func(t *tx) error {
		if err := insertUser("full")(t); err != nil {
			return err
		}
		return addNote(t, auth.Note{Events: []auth.Event{{ID: "event", Agent: big}}})
	})
	release()
	for name, err := range map[string]error{"the big write": full(), "the write in its commit": first()} {
		if !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%s: got %v, want ErrUnavailable", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "xxx") {
			t.Errorf("%s: the error has the value in it", name)
		}
	}
	err := s.Write(t.Context(), auth.Note{Events: []auth.Event{{ID: "alone", Agent: big}}})
	if !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("a big write by itself: got %v, want ErrUnavailable", err)
	}
	if !has(t, s, "before") || has(t, s, "beside") || has(t, s, "full") {
		t.Errorf("before %v, beside %v, full %v; want only what was there before", has(t, s, "before"), has(t, s, "beside"), has(t, s, "full"))
	}
	pragma(t, s, "max_page_count = 1000000")
	if err := s.Write(t.Context(), auth.Note{Events: []auth.Event{{ID: "event", Agent: big}}}); err != nil {
		t.Errorf("once there is room again: %v", err)
	}
}

func TestChangedTellsOfOthersOnly(t *testing.T) {
	path := t.TempDir() + "/changed.db"
	mine, other := openPath(t, path), openPath(t, path)
	changed := func() int64 {
		t.Helper()
		n, err := mine.Changed(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	start := changed()
	addUser(t, mine, "mine")
	if got := changed(); got != start {
		t.Errorf("after a commit of its own: got %d, want %d", got, start)
	}
	addUser(t, other, "other")
	seen := changed()
	if seen == start {
		t.Errorf("after a commit of another: got %d again", seen)
	}
	if got := changed(); got != seen {
		t.Errorf("asked again: got %d, want %d", got, seen)
	}
}

func TestTwoStoresWriteOneFile(t *testing.T) {
	path := t.TempDir() + "/two.db"
	stores := []*Store{openPath(t, path), openPath(t, path)}
	u := addUser(t, stores[0], "ann")
	addSession(t, stores[0], u, "session", epoch)
	var mu sync.Mutex
	winners := 0
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			r := rotation("session", 0, epoch)
			res, err := stores[i%2].Rotate(t.Context(), r)
			if err != nil {
				t.Error(err)
			}
			if res.Outcome == auth.Rotated {
				mu.Lock()
				winners++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if winners != 1 {
		t.Errorf("got %d winners, want 1", winners)
	}
}

func TestALockedDatabaseIsUnavailable(t *testing.T) {
	path := t.TempDir() + "/busy.db"
	other := openPath(t, path)
	s, err := Open(t.Context(), Config{Path: path, Chain: chain, Patience: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := aside1(other, "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), auth.Note{}); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("while another process writes: got %v, want ErrUnavailable", err)
	}
	if err := aside1(other, "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	addUser(t, s, "ann")
}
