package mongo

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

const dir = auth.DefaultDirectory

var epoch = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// TestAcknowledgedWritesSurviveKill kills a process that signs people up and
// opens and rotates sessions, again and again at random moments, and looks for
// everything that it said was written, and for halves of what it did not get to
// say.
func TestAcknowledgedWritesSurviveKill(t *testing.T) {
	c := fresh(t)
	for round := range 5 {
		lines := killed(t, c, fmt.Sprint(round))
		s := open(t, c)
		users, rotations := map[string]bool{}, map[string]int64{}
		for _, line := range lines {
			var what, id string
			var n int64
			if _, err := fmt.Sscan(line, &what, &id, &n); err != nil {
				t.Fatalf("the child said %q: %v", line, err)
			}
			if what == "user" {
				users[id] = true
			} else {
				rotations[id] = max(rotations[id], n)
			}
		}
		checkWhole(t, s, users)
		for id, n := range rotations {
			v, err := s.Session(t.Context(), dir, "session-"+id)
			if err != nil || v.Counter < n {
				t.Errorf("session %s: got counter %d, %v; want %d at least", id, v.Counter, err, n)
			}
		}
	}
}

// checkWhole wants each account to have its name, its event and its mail, once,
// and those that were acknowledged to be there.
func checkWhole(t *testing.T, s *Store, acknowledged map[string]bool) {
	t.Helper()
	ctx := t.Context()
	links, err := s.Trail(ctx, dir, 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]int{}
	var before []byte
	for i, l := range links {
		if want := storetest.Chain(before, int64(i+1), l.Event); l.Number != int64(i+1) || string(want) != string(l.Hash) {
			t.Fatalf("the record breaks at link %d, number %d", i, l.Number)
		}
		before = l.Hash
		written[l.ID]++
	}
	found := map[string]bool{}
	docs, err := all[accountDoc](ctx, s, accounts, bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range docs {
		if !a.there() {
			continue
		}
		name := a.User.Name
		found[name] = true
		if u, err := s.UserByName(ctx, dir, auth.Name{Kind: auth.NameEmail, Value: a.User.Email}); err != nil || u.ID != a.User.ID {
			t.Errorf("account %s is not found by its e-mail: %v", name, err)
		}
		if n := written["event-"+name]; n != 1 {
			t.Errorf("account %s: its event is %d times in the record", name, n)
		}
		if err := s.Postpone(ctx, dir, "mail-"+name, epoch, ""); err != nil {
			t.Errorf("account %s: its mail: %v", name, err)
		}
		list, err := s.Accounts(ctx, auth.AccountQuery{Directory: dir, Tenant: "tenant", Prefix: name, Max: 1})
		if err != nil || len(list) != 1 {
			t.Errorf("account %s is not found by its name: %d, %v", name, len(list), err)
		}
	}
	for name := range acknowledged {
		if !found[name] {
			t.Errorf("acknowledged sign-up of %s: it is not there", name)
		}
	}
	for id := range written {
		if name, ok := strings.CutPrefix(id, "event-"); ok && !found[name] {
			t.Errorf("the record tells of %s, who is not there", name)
		}
	}
}

// killed runs a child until it has acknowledged a random number of writes and
// returns what it acknowledged up to its end.
func killed(t *testing.T, c Config, round string) []string {
	t.Helper()
	more, err := rand.Int(rand.Reader, big.NewInt(40))
	if err != nil {
		t.Fatal(err)
	}
	const least = 20
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childURI+"="+c.URI, childURI+"_DATABASE="+c.Database, childURI+"_ROUND="+round)
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
		if int64(len(lines)) == least+more.Int64() {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(lines) < least {
		t.Fatalf("the child ended by itself after %d writes: %v", len(lines), err)
	}
	return lines
}

// child writes without end and prints what was acknowledged, a line a write.
func child(uri, database, round string) int {
	ctx := context.Background()
	s, err := Open(ctx, Config{URI: uri, Database: database, Chain: storetest.Chain})
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
			if err := write(ctx, s, fmt.Sprintf("n%s-%d", round, worker), say); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		})
	}
	wg.Wait()
	return 1
}

// newUser returns a person of that name and what their sign-up leaves behind.
func newUser(name string) (auth.User, auth.Seat, auth.Note) {
	u := auth.User{
		ID: "user-" + name, Directory: dir, Name: name, Email: name + "@example.com", Username: name,
		PasswordHash: "hash", Status: auth.UserActive, CreatedAt: epoch, UpdatedAt: epoch,
	}
	return u, auth.Seat{Tenant: "tenant", Space: "space", Role: auth.RoleUser, Main: true}, auth.Note{
		Mails:  []auth.Mail{{ID: "mail-" + name, Directory: dir, User: u.ID, Kind: auth.MessageWelcome, CreatedAt: epoch}},
		Events: []auth.Event{{ID: "event-" + name, Directory: dir, Tenant: "tenant", At: epoch, Action: auth.ActionSignUp, User: u.ID}},
	}
}

func newSession(u auth.User, id string) auth.Session {
	return auth.Session{
		ID: id, Directory: dir, User: u.ID, Tenant: "tenant", Space: "space",
		CreatedAt: epoch, RotatedAt: epoch, LastSeen: epoch, IdleUntil: epoch.Add(time.Hour), ExpiresAt: epoch.Add(2 * time.Hour),
	}
}

// write signs up one person after the other and rotates a session of each.
func write(ctx context.Context, s *Store, worker string, say func(string, ...any)) error {
	for n := 0; ; n++ {
		name := fmt.Sprintf("%s-%d", worker, n)
		u, seat, note := newUser(name)
		if err := s.CreateUser(ctx, u, seat, note); err != nil {
			return err
		}
		say("user %s 0", name)
		v := newSession(u, "session-"+name)
		if _, err := s.CreateSession(ctx, auth.Opening{Session: v}); err != nil {
			return err
		}
		say("session %s 0", name)
		r, err := s.Rotate(ctx, auth.Rotation{Directory: dir, Session: v.ID, Now: epoch, IdleUntil: v.IdleUntil})
		if err != nil {
			return err
		}
		say("session %s %d", name, r.Session.Counter)
	}
}
