package attacks

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// TestA22Passwords: a password is its every character and nothing else, the ones
// that are guessed first are refused, and no number of logins at once makes the
// server hold more than it has.
func TestA22Passwords(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]env{"bcrypt": open(), "argon2id": {"RATE_LIMITS": "off", "LOGIN_OTP": "off"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, e)
			exactOnly(t, s)
		})
	}
	t.Run("common", func(t *testing.T) {
		t.Parallel()
		commonRefused(t, start(t, open().with(env{"LOG_LEVEL": "warn"})))
	})
	t.Run("500 at once", func(t *testing.T) {
		t.Parallel()
		s := start(t, env{"RATE_LIMITS": "off", "LOGIN_OTP": "off"})
		s.faulty = true // it may say that it is overloaded
		crowd(t, s)
	})
}

// An alike is a password and those that must not pass for it.
type alike struct {
	name, right string
	also        []string // other spellings of the same, by Unicode
	wrong       []string
}

var alikes = []alike{
	{"72 bytes", strings.Repeat("quiet-orbit-", 6), nil, []string{strings.Repeat("quiet-orbit-", 6) + "x", strings.Repeat("quiet-orbit-", 6)[:71], strings.Repeat("quiet-orbit-", 6) + "\x00"}},
	{"73 bytes", strings.Repeat("quiet-orbit-", 6) + "7", nil, []string{strings.Repeat("quiet-orbit-", 6), strings.Repeat("quiet-orbit-", 6) + "8", strings.Repeat("quiet-orbit-", 6) + "77"}},
	{"126 characters of 3 bytes", strings.Repeat("파도소리와등대지기", 14), nil, []string{strings.Repeat("파도소리와등대지기", 13) + "파도소리와등대지가", strings.Repeat("파도소리와등대지기", 2)}},
	{"NUL in it", "quiet\x00orbit-harbour", nil, []string{"quiet", "quiet\x00", "quiet\x00orbit-harbouR", "quietorbit-harbour", "quiet\x00orbit-harbour\x00quiet\x00orbit-harbour"}},
	{"NUL nowhere", "harbour9", nil, []string{"harbour9\x00harbour9", "harbour9\x00", "\x00harbour9"}},
	{"composed", "caf\u00e9-orbit-harbour", []string{"cafe\u0301-orbit-harbour"}, []string{"cafe-orbit-harbour", "CAF\u00c9-orbit-harbour"}},
	{"compatible, not the same", "\ufb01ne-orbit-harbour", nil, []string{"fine-orbit-harbour"}},
	{"spaces around", "  orbit harbour  ", nil, []string{"orbit harbour", " orbit harbour ", "  orbit harbour", "  orbit harbour   ", "  orbit  harbour  "}},
	{"case", "Quiet-Orbit-Harbour", nil, []string{"quiet-orbit-harbour", "QUIET-ORBIT-HARBOUR", "qUIET-oRBIT-hARBOUR"}},
	{"line end", "quiet-orbit-harbour\n", nil, []string{"quiet-orbit-harbour", "quiet-orbit-harbour\r\n"}},
	{"looks like a hash", "$2a$04$abcdefghijklmnopqrstuuAbcdefghijklmnopqrstuvwxyz01234", nil, []string{"$2a$04$abcdefghijklmnopqrstuu"}},
}

func exactOnly(t *testing.T, s *server) {
	v, c := judge(t), s.client()
	each(alikes, func(tt alike) {
		p := newPerson()
		p.Password = tt.right
		if a := c.must(t, p.signUp()); a.Meta.Code != "USER_CREATED" {
			t.Errorf("%s: %v", tt.name, a)
			return
		}
		for _, given := range append([]string{tt.right}, tt.also...) {
			if a := c.must(t, post("/auth/login", fields{"email": p.Email, "password": given})); a.Meta.Code != "LOGIN_SUCCESS" {
				t.Errorf("%s: the right one gets %v", tt.name, a)
			}
		}
		hash := s.rows("SELECT password_hash FROM users WHERE email = '" + p.Email + "'")[0]
		for _, given := range append(tt.wrong, hash) {
			if a := c.must(t, post("/auth/login", fields{"email": p.Email, "password": given})); a.Meta.Code != "INVALID_CREDENTIALS" {
				v.breach(tt.name, "%.80q gets %v", given, a)
			}
		}
	})
	p, _ := c.join(t)
	for _, q := range []request{
		post("/auth/login", fields{"email": p.Email, "password": strings.Repeat("x", 1<<20)}),
		post("/auth/sign-up", fields{"email": "big@example.com", "name": "Big", "password": strings.Repeat("x", 1<<20)}),
		post("/auth/sign-up", fields{"email": "big@example.com", "name": "Big", "password": strings.Repeat("xy", 65)}),
		post("/auth/login", fields{"email": p.Email, "password": p.Password + strings.Repeat("x", 60<<10)}),
	} {
		if a := c.must(t, q); a.status != 400 && a.status != 413 {
			v.breach("a huge password", "%s: %v", q.path, a)
		}
	}
}

// commonRefused tries the passwords that are guessed first, as they are and as
// people disguise them.
func commonRefused(t *testing.T, s *server) {
	v, c := judge(t), s.client()
	list, err := os.ReadFile(root + "/internal/password/common.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i, line := range strings.Split(string(list), "\n") {
		if i < 300 && len(line) >= 8 {
			all = append(all, strings.ToUpper(line))
		}
		if i%20 == 0 && len(line) >= 8 && !strings.HasPrefix(line, "#") { // a sample of the ten thousand and more
			all = append(all, line)
		}
	}
	all = append(all, "password", "12345678", "123456789", "qwertyuiop", "iloveyou", "football", "baseball", "sunshine", "princess", "trustno1", "superman", "1q2w3e4r",
		"aaaaaaaa", "abcdefgh", "87654321", "ＰＡＳＳＷＯＲＤ", "Kim Ha-neul", "kimhaneul", "latchkey", "Latchkey1", "victim01@example.com", "victim01")
	if len(all) < 500 {
		t.Fatalf("%d common passwords, want 500", len(all))
	}
	each(all, func(common string) {
		a := c.must(t, post("/auth/sign-up", fields{"name": "Kim Ha-neul", "email": "victim01@example.com", "password": common}))
		if a.Meta.Code != "VALIDATION_FAILED" {
			v.breach("a common password", "%q: %v", common, a)
		}
	})
}

// memoryBound is what the server may hold at its most, in bytes, with the race
// detector. Sixty-four hashes of argon2id at once are more.
const memoryBound = 900 << 20

// crowd sends 500 logins at once and hangs up when some were answered: by then as
// many were being hashed as ever will be.
func crowd(t *testing.T, s *server) {
	v, c := judge(t), s.client()
	p, g := c.join(t)
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	var answered atomic.Int64
	variants := make([]int, 500)
	eachOf(len(variants), variants, func(int) {
		r, err := p.logIn().make(c.base)
		if err != nil {
			t.Error(err)
			return
		}
		got, err := c.http.Do(r.WithContext(ctx))
		if err != nil {
			return // given up
		}
		defer got.Body.Close()
		if s := got.StatusCode; s != http.StatusOK && s != http.StatusTooManyRequests && s != http.StatusServiceUnavailable {
			v.breach("500 logins at once", "%s", got.Status)
		}
		if answered.Add(1) == 16 {
			enough()
		}
	})
	c.want(t, "CURRENT_USER_OK", g.me())
	if peak := s.peak(t); peak > memoryBound {
		v.breach("500 logins at once", "the server held %d MiB, at most %d are for it", peak>>20, memoryBound>>20)
	}
}

// peak is the most that the server ever held in memory, in bytes.
func (s *server) peak(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := bytes.Cut(status, []byte("VmHWM:"))
	words := bytes.Fields(after)
	if !found || len(words) == 0 {
		t.Fatal("the system does not say how much memory a process held")
	}
	kilobytes, err := strconv.Atoi(string(words[0]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
