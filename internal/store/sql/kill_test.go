package sql

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/testserver"
)

// TestAcknowledgedWritesSurviveKill kills a process that signs people up and
// rotates sessions, again and again at random moments, and looks for everything
// that it said was written.
func TestAcknowledgedWritesSurviveKill(t *testing.T) {
	survivesKill(t, filepath.Join(t.TempDir(), "kill.db"))
}

// TestAcknowledgedWritesSurviveKillOnPostgres: there it is a transaction that the
// process left half-way, and that the server undoes.
func TestAcknowledgedWritesSurviveKillOnPostgres(t *testing.T) {
	survivesKill(t, testserver.Postgres(t))
}

func survivesKill(t *testing.T, path string) {
	t.Helper()
	for round := range 5 {
		lines := killed(t, path, fmt.Sprint(round))
		s := openPath(t, path)
		highest := map[string]int64{}
		for _, line := range lines {
			what, rest, _ := strings.Cut(line, " ")
			switch what {
			case "user":
				checkUser(t, s, rest)
			case "rotation":
				var id string
				var counter int64
				if _, err := fmt.Sscan(rest, &id, &counter); err != nil {
					t.Fatalf("%q: %v", line, err)
				}
				highest[id] = max(highest[id], counter)
			default:
				t.Fatalf("the child said %q", line)
			}
		}
		checkRecord(t, s, lines)
		for id, counter := range highest {
			v, err := s.Session(t.Context(), dir, id)
			if err != nil || v.Counter < counter {
				t.Errorf("session %s: got counter %d, %v; want %d at least", id, v.Counter, err, counter)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// checkRecord looks for the event of each acknowledged sign-up in an unbroken
// chain.
func checkRecord(t *testing.T, s *Store, lines []string) {
	t.Helper()
	written := map[string]bool{}
	for _, l := range trail(t, s, dir) {
		written[l.ID] = true
	}
	for _, line := range lines {
		if name, ok := strings.CutPrefix(line, "user "); ok && !written["event-"+name] {
			t.Errorf("acknowledged sign-up of %s: its event is not in the record", name)
		}
	}
}

// checkUser looks for all that a sign-up writes.
func checkUser(t *testing.T, s *Store, name string) {
	t.Helper()
	a, err := s.Account(t.Context(), dir, "user-"+name)
	if err != nil || len(a.Seats) != 1 {
		t.Errorf("acknowledged sign-up of %s: got %d seats, %v", name, len(a.Seats), err)
	}
	if err := s.Postpone(t.Context(), dir, "mail-"+name, epoch, ""); err != nil {
		t.Errorf("mail of acknowledged sign-up of %s: %v", name, err)
	}
}

// killed runs a child until it has acknowledged a random number of writes and
// returns what it acknowledged up to its end.
func killed(t *testing.T, path, round string) []string {
	t.Helper()
	limit, err := rand.Int(rand.Reader, big.NewInt(400))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childPath+"="+path, childPath+"_ROUND="+round)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for in := bufio.NewScanner(out); in.Scan(); {
		lines = append(lines, in.Text())
		if int64(len(lines)) == 50+limit.Int64() {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(lines) < 50 {
		t.Fatalf("the child ended by itself after %d writes: %v", len(lines), err)
	}
	return lines
}

// child writes without end and prints what was acknowledged, a line a write.
func child(path, round string) int {
	ctx := context.Background()
	s, err := Open(ctx, configOf(path))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var mu sync.Mutex
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(os.Stdout, format+"\n", args...)
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			if err := write(ctx, s, fmt.Sprintf("%s-%d", round, worker), say); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		})
	}
	wg.Wait()
	return 1
}

// write signs up one person after the other and rotates a session of each.
func write(ctx context.Context, s *Store, worker string, say func(string, ...any)) error {
	for n := 0; ; n++ {
		name := fmt.Sprintf("%s-%d", worker, n)
		u, seat := newUser(name)
		mail := auth.Mail{ID: "mail-" + name, Directory: dir, User: u.ID, Kind: auth.MessageWelcome, CreatedAt: epoch}
		event := auth.Event{ID: "event-" + name, Directory: dir, Tenant: "tenant", At: epoch, Action: auth.ActionSignUp, User: u.ID}
		if err := s.CreateUser(ctx, u, seat, auth.Note{Events: []auth.Event{event}, Mails: []auth.Mail{mail}}); err != nil {
			return err
		}
		say("user %s", name)
		if _, err := s.CreateSession(ctx, auth.Opening{Session: newSession(u, "session-"+name, epoch)}); err != nil {
			return err
		}
		for counter := range int64(5) {
			res, err := s.Rotate(ctx, rotation("session-"+name, counter, epoch))
			if err != nil {
				return err
			}
			say("rotation session-%s %d", name, res.Session.Counter)
		}
	}
}
