package attacks

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestA33DependencyFailure: when the mail server or the database fails in the
// middle of a decision, the decision is no; nobody is told that something
// happened that did not; and what was told before stays so.
func TestA33DependencyFailure(t *testing.T) {
	t.Parallel()
	for mode, name := range map[int32]string{
		mailDown: "mail server down", mailBusy: "mail server busy", mailRefused: "mail server refuses",
		mailSilent: "mail server silent", mailCut: "mail server hangs up",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mailFails(t, name, mode)
		})
	}
	t.Run("database", func(t *testing.T) {
		t.Parallel()
		databaseFails(t)
	})
}

// startAs starts latchkey, or another build of it, with a command of its own in
// a folder of its own; it may answer 5xx.
func startAs(t *testing.T, dir, command string, e env, other ...string) *server {
	t.Helper()
	port := freePort(t)
	s := &server{t: t, dir: dir, port: port, base: fmt.Sprintf("http://localhost:%d", port), faulty: true}
	s.env = e.with(env{"LISTEN_HOST": "127.0.0.1", "AUTH_SERVICE_HTTP_PORT": fmt.Sprint(port)})
	s.stderr, s.ended = new(lineBuffer), make(chan struct{})
	s.cmd = exec.Command(append(other, binary)[0], command)
	s.cmd.Dir, s.cmd.Env, s.cmd.Stderr = s.dir, s.env.list(), s.stderr
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		select {
		case <-s.ended:
		default:
			s.stop()
		}
		// Why it does not start is told in a line for people.
		s.checkLog(startError.ReplaceAllString(s.stderr.String(), ""))
	})
	return s
}

var startError = regexp.MustCompile(`(?m)^latchkey: .*\n`)

var resetLink = regexp.MustCompile(regexp.QuoteMeta(resetPage) + `\?token=([A-Za-z0-9_-]+)`)

// mailFails: no code can be mailed, so nobody logs in; and everything that was
// promised by mail comes when the mail server is back.
func mailFails(t *testing.T, name string, mode int32) {
	post, settings := openOffice(t)
	s := startAs(t, t.TempDir(), "serve", settings.with(env{"PASSWORD_SALT_ROUNDS": "4", "RATE_LIMITS": "on"}))
	s.await()
	v, c := judge(t), s.client()
	p := newPerson()
	c.want(t, "USER_CREATED", p.signUp())
	post.mode.Store(mode)
	eachOf(5, make([]struct{}, 5), func(struct{}) { // as many as are mailed in an hour
		a := c.must(t, p.logIn())
		if a.Meta.Code != "OTP_SEND_FAILED" || a.grant().LoginID != "" || a.grant().AccessToken != "" {
			v.breach(name, "a login without a code: %v, want OTP_SEND_FAILED", a)
		}
	})
	if n := s.number(t, "SELECT count(*) FROM sessions"); n != 0 {
		v.breach(name, "%d sessions", n)
	}
	if n := s.number(t, "SELECT count(*) FROM tickets WHERE kind = 'login' AND tries > 0"); n != 0 {
		v.breach(name, "%d challenges can be answered whose code nobody was sent", n)
	}
	late := newPerson() // these go through the outbox: they are taken, and kept
	c.want(t, "USER_CREATED", late.signUp())
	c.want(t, "RESET_SENT_IF_KNOWN", forgot(p))
	post.mode.Store(mailTaken)
	if a := c.must(t, p.logIn()); a.Meta.Code != "OTP_SENT" {
		v.breach(name, "the outage has used up the codes of the hour: %v", a)
	} else {
		id := a.grant().LoginID
		c.want(t, "LOGIN_SUCCESS", verify(id, post.find(t, p.Email, codeLine)))
	}
	if mode != mailRefused { // a refusal for good is a dead letter
		token := post.find(t, p.Email, resetLink)
		secret(token)
		c.want(t, "PASSWORD_CHANGED", reset(token, newPerson().Password))
	}
}

// A promise is something that was acknowledged, and how to see that it holds.
type promise struct {
	what string
	kept func(c *client) (reply, bool)
}

// promises collects what was acknowledged.
type promises struct {
	sync.Mutex
	all []promise
}

func (p *promises) add(what string, kept func(c *client) (reply, bool)) {
	p.Lock()
	defer p.Unlock()
	p.all = append(p.all, promise{what, kept})
}

// A hurried call, and what its acknowledgement promises.
type hurried struct {
	what string
	q    request
	then func(a reply)
}

// hurry makes every kind of change once, and notes what was acknowledged.
// None may answer with a success that it cannot keep.
func hurry(t *testing.T, s *server, kept *promises, v *verdict, variant string, mayWrite bool, p person, g, spare grant) {
	t.Helper()
	c := s.client()
	fresh := newPerson()
	changed := person{Email: p.Email, Password: newPerson().Password}
	calls := []hurried{
		{"sign-up", fresh.signUp(), func(reply) {
			kept.add(variant+": sign-up", func(c *client) (reply, bool) {
				a := c.must(t, fresh.logIn())
				return a, a.status == http.StatusOK
			})
		}},
		{"login", p.logIn(), func(a reply) {
			kept.add(variant+": login", func(c *client) (reply, bool) {
				b := c.must(t, a.grant().me())
				return b, b.status == http.StatusOK || b.Meta.Code == "SESSION_NOT_FOUND" // it may have ended since, by the change below
			})
		}},
		{"wrong password", wrong(p.Email), func(a reply) { v.breach(variant, "a wrong password: %v", a) }},
		{"refresh", spare.refresh(), func(a reply) {
			kept.add(variant+": refresh", func(c *client) (reply, bool) {
				b := c.must(t, a.grant().refresh())
				return b, b.Meta.Code == "TOKENS_REFRESHED" || b.Meta.Code == "SESSION_NOT_FOUND"
			})
		}},
		{"logout", post("/auth/logout", nil, spare.bearer()...), func(reply) {
			kept.add(variant+": logout", func(c *client) (reply, bool) {
				b := c.must(t, spare.me())
				return b, b.status == http.StatusUnauthorized
			})
		}},
		{"password/change", post("/auth/password/change", fields{"currentPassword": p.Password, "newPassword": changed.Password}, g.bearer()...), func(reply) {
			kept.add(variant+": password/change", func(c *client) (reply, bool) {
				a := c.must(t, changed.logIn())
				return a, a.status == http.StatusOK
			})
		}},
	}
	eachOf(len(calls), calls, func(call hurried) {
		a, err := c.do(call.q)
		switch {
		case err != nil:
			v.breach(variant, "%s gets no answer at all: %v", call.what, err)
		case a.status < 300 && !mayWrite:
			v.breach(variant, "%s is acknowledged, and nothing can be written: %v", call.what, a)
		case a.status < 300:
			call.then(a)
		case strings.Contains(string(a.body), "sql") || strings.Contains(string(a.body), "latchkey.db"):
			v.breach(variant, "%s tells of our insides: %s", call.what, a.body)
		}
	})
}

// databaseFails: the file is locked by another process, the disk is full, the
// file is read-only.
func databaseFails(t *testing.T) {
	dir, mounted := smallDisk(t)
	s := startAs(t, dir, "dev", lockableOpen().with(env{"RATE_LIMITS": "off"}))
	s.await()
	v, c := judge(t), s.client()
	var kept promises
	subject := func() (person, grant, grant) {
		p, g := c.join(t)
		spare := c.want(t, "LOGIN_SUCCESS", p.logIn()).grant()
		kept.add("before", func(c *client) (reply, bool) { // that there is such an account
			a := c.must(t, g.refresh())
			return a, a.status == http.StatusOK || a.Meta.Code == "SESSION_NOT_FOUND"
		})
		return p, g, spare
	}

	p, g, spare := subject()
	release := s.holdLock(t)
	hurry(t, s, &kept, v, "locked by another process", false, p, g, spare)
	release()
	s.keeps(t, v, &kept)

	if mounted {
		p, g, spare = subject()
		filler := fill(t, dir)
		hurry(t, s, &kept, v, "disk full", true, p, g, spare)
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		s.keeps(t, v, &kept)
		again := s.killed(t)
		again.keeps(t, v, &kept)
		s = again
	} else {
		t.Log("the variant with a full disk is left out: only root may mount a small one")
	}
	s.readOnly(t, v, mounted, &kept)
}

// holdLock keeps the database locked for writing, as another process would.
func (s *server) holdLock(t *testing.T) (release func()) {
	t.Helper()
	db := s.openDatabase("rw")
	conn, err := db.Conn(t.Context())
	if err == nil {
		_, err = conn.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := conn.ExecContext(context.WithoutCancel(t.Context()), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		conn.Close()
		db.Close()
	}
}

// keeps checks that everything acknowledged so far holds.
func (s *server) keeps(t *testing.T, v *verdict, kept *promises) {
	t.Helper()
	s.await()
	for _, p := range kept.all {
		if a, ok := p.kept(s.client()); !ok {
			v.breach(p.what, "it was acknowledged and does not hold: %v", a)
		}
	}
	kept.all = slices.DeleteFunc(kept.all, func(p promise) bool { return strings.HasSuffix(p.what, ": refresh") }) // once is enough
}

// killed ends the server as a power cut does and starts it again.
func (s *server) killed(t *testing.T) *server {
	t.Helper()
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	again := startAs(t, s.dir, "dev", s.env)
	again.await()
	return again
}

// readOnly starts on a database that cannot be written: it serves nobody, and
// says why.
func (s *server) readOnly(t *testing.T, v *verdict, mounted bool, kept *promises) {
	t.Helper()
	s.stop()
	protect, release := s.protection(mounted)
	if err := protect(); err != nil {
		t.Fatal(err)
	}
	blind := startAs(t, s.dir, "dev", s.env)
	client := blind.client()
	eventually(t, "the server on a read-only database has ended or answers", func() bool {
		select {
		case <-blind.ended:
			return true
		default:
		}
		a, err := client.do(newPerson().signUp())
		if err == nil && a.status < 500 {
			v.breach("read-only database", "sign-up: %v", a)
		}
		return err == nil
	})
	select {
	case <-blind.ended:
		if blind.err == nil {
			v.breach("read-only database", "it ends as if all were well")
		}
	default:
		blind.stop()
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	startAs(t, s.dir, "dev", s.env).keeps(t, v, kept)
}

// protection makes the database read-only: its disk where it has one, else its
// files, which root may write all the same.
func (s *server) protection(mounted bool) (protect, release func() error) {
	if mounted {
		remount := func(flags uintptr) func() error {
			return func() error { return syscall.Mount("", s.dir, "", syscall.MS_REMOUNT|flags, "") }
		}
		return remount(syscall.MS_RDONLY), remount(0)
	}
	mode := func(file, dir os.FileMode) func() error {
		return func() error {
			files, err := filepath.Glob(s.database() + "*")
			for _, name := range files {
				if err == nil {
					err = os.Chmod(name, file)
				}
			}
			if err != nil {
				return err
			}
			return os.Chmod(s.dir, dir)
		}
	}
	return mode(0o400, 0o500), mode(0o600, 0o700)
}

// smallDisk is a folder, on a disk of its own of 12 MB where we may mount one.
func smallDisk(t *testing.T) (dir string, mounted bool) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=12m"); err != nil {
		return dir, false
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir, true
}

// fill uses up what is left of a disk.
func fill(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "filler")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 16; size > 0; {
		if _, err := file.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	return name
}
