package auth_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/latchkey/latchkey/internal/auth"
)

// The promise of CONTRACT.md §7, and the model it is checked against.
//
// Clients (tabs, retrying libraries, a thief) hold tokens of one session. A
// client sends the newest token it has seen, or once more the one it sent last,
// or one out of its past; requests travel for as long as they like and arrive
// in any order; answers get lost; the clock moves forwards and backwards.
//
// The model knows three things of the session: the number n of its newest
// token, when that became the newest, and whether the session has ended. When a
// request with token k arrives at the time now,
//
//	it has ended                          refused: SESSION_NOT_FOUND (reuse_detected)
//	k = n                                 token n+1; that is the newest from now on
//	k = n-1 and now - since < grace       token n again, nothing changes
//	otherwise                             refused: INVALID_REFRESH_HASH; it has ended
//
// "A client that only uses the newest token it has seen or retries its last one
// within the grace" is a request in the second or third line, as of its
// arrival: none of those is ever refused. A clock that went backwards makes now
// - since negative, which is within the grace.
//
// Beside the answers these hold after every step:
//   - no fork: a number is handed out as one token, byte for byte, and numbers
//     are handed out in their order, none left out (the tokens are a chain);
//     the store's counter is the model's n, so one token only is current;
//   - no other session is touched: the person's second one and another
//     person's, which rotate meanwhile, live.
type chain struct {
	w       *world
	session string
	n       int64
	since   time.Time
	ended   bool
	handed  map[int64]auth.Token

	clients   []*client
	requests  []request
	bystander []auth.Grant
}

// client is whoever holds tokens of the session: the numbers of those it has
// seen, and the one it sent last (-1: none).
type client struct {
	seen []int64
	last int64
}

// request is on its way.
type request struct {
	from  *client
	token int64
}

func (c *client) newest() int64 {
	most := c.seen[0]
	for _, k := range c.seen {
		most = max(most, k)
	}
	return most
}

func newChain(t *testing.T, w *world, clients int) *chain {
	g := w.login(t, "ann.lee")
	c := &chain{
		w: w, session: g.SessionID, since: w.clock.Now(), handed: map[int64]auth.Token{0: g.RefreshToken},
		bystander: []auth.Grant{w.login(t, "ann.lee"), w.login(t, "bob")},
	}
	for range clients {
		c.clients = append(c.clients, &client{seen: []int64{0}, last: -1})
	}
	return c
}

func (c *chain) actions(t *testing.T) map[string]func(*rapid.T) {
	pick := func(r *rapid.T) *client { return rapid.SampledFrom(c.clients).Draw(r, "client") }
	send := func(from *client, token int64) {
		from.last = token
		c.requests = append(c.requests, request{from, token})
	}
	return map[string]func(*rapid.T){
		"send": func(r *rapid.T) {
			from := pick(r)
			send(from, from.newest())
		},
		"retry": func(r *rapid.T) {
			if from := pick(r); from.last >= 0 {
				send(from, from.last)
			}
		},
		"arrive":       func(r *rapid.T) { c.arrive(t, r) },
		"arrive again": func(r *rapid.T) { c.arrive(t, r) },
		"clock": func(r *rapid.T) {
			d := rapid.Int64Range(-int64(grace/time.Millisecond)+1, int64(grace/time.Millisecond)-1).Draw(r, "ms")
			c.w.clock.advance(time.Duration(d) * time.Millisecond)
		},
		"rare": func(r *rapid.T) {
			switch rapid.IntRange(0, 9).Draw(r, "what") {
			case 0:
				c.w.clock.advance(grace)
			case 1: // a thief, or a backup of the browser's profile
				from := pick(r)
				send(from, rapid.SampledFrom(from.seen).Draw(r, "old"))
			case 2: // somebody else rotates
				c.rotateBystanders(t, r)
			}
		},
		"": func(r *rapid.T) { c.check(t, r) },
	}
}

// arrive lets one of the requests arrive, any of them, and maybe its answer.
func (c *chain) arrive(t *testing.T, r *rapid.T) {
	if len(c.requests) == 0 {
		return
	}
	i := rapid.IntRange(0, len(c.requests)-1).Draw(r, "request")
	q := c.requests[i]
	c.requests = append(c.requests[:i:i], c.requests[i+1:]...)

	now := c.w.clock.Now()
	var want *auth.Error
	next := c.n
	switch {
	case c.ended:
		want = auth.ErrSessionEnded
	case q.token == c.n:
		next = c.n + 1
	case q.token == c.n-1 && now.Sub(c.since) < grace:
	default:
		want = auth.ErrRefreshReused
	}
	g, err := c.w.refresh(t, c.handed[q.token])
	if want != nil {
		if !isAnswer(err, want) || g.RefreshToken != "" || g.AccessToken != "" {
			r.Fatalf("token %d where %d is current for %v: got error %v, want %v", q.token, c.n, now.Sub(c.since), err, want)
		}
		if c.ended && meta(err).Reason != string(auth.EndReuse) {
			r.Fatalf("reason: got %q", meta(err).Reason)
		}
		c.ended = true
		return
	}
	if err != nil {
		r.Fatalf("a false log-out: token %d where %d is current for %v: got error %v", q.token, c.n, now.Sub(c.since), err)
	}
	if next != c.n {
		c.n, c.since = next, now
	}
	if known, ok := c.handed[next]; ok && known != g.RefreshToken {
		r.Fatalf("a fork: number %d was handed out as two tokens", next)
	}
	c.handed[next] = g.RefreshToken
	if rapid.IntRange(0, 3).Draw(r, "lost") > 0 {
		q.from.seen = append(q.from.seen, next)
	}
}

func (c *chain) rotateBystanders(t *testing.T, r *rapid.T) {
	for i, b := range c.bystander {
		g, err := c.w.refresh(t, b.RefreshToken)
		if err != nil {
			r.Fatalf("another session: got error %v", err)
		}
		c.bystander[i] = g
	}
}

// check looks at the store as it is after a step.
func (c *chain) check(t *testing.T, r *rapid.T) {
	s := c.w.session(t, c.session)
	if s.Counter != c.n || s.Ended() != c.ended {
		r.Fatalf("the store has counter %d and ended %t, want %d and %t", s.Counter, s.Ended(), c.n, c.ended)
	}
	if int64(len(c.handed)) != c.n+1 {
		r.Fatalf("%d tokens were handed out up to number %d", len(c.handed), c.n)
	}
	unlike := map[auth.Token]bool{}
	for k, token := range c.handed {
		session, n, ok := c.w.Vault.Counter(auth.Secret(token))
		if !ok || session != c.session || n != k || unlike[token] {
			r.Fatalf("token %d reads as %d of %s", k, n, session)
		}
		unlike[token] = true
	}
	for _, b := range c.bystander {
		if c.w.session(t, b.SessionID).Ended() {
			r.Fatal("another session has ended")
		}
	}
}

func isAnswer(err error, want *auth.Error) bool { return err != nil && want.Is(err) }

// TestOneChainNoForkNoFalseLogoutOldTokenEndsThatSessionOnly is the promise
// above, over random histories.
func TestOneChainNoForkNoFalseLogoutOldTokenEndsThatSessionOnly(t *testing.T) {
	w, _ := joined(t, func(s *auth.Service) { s.Policy.MaxSessions = 1000 })
	w.join(t, home, "bob")
	ended, rotated := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		c := newChain(t, w, rapid.IntRange(1, 4).Draw(r, "clients"))
		r.Repeat(c.actions(t))
		c.rotateBystanders(t, r)
		if c.ended {
			ended++
		}
		if c.n > 2 {
			rotated++
		}
	})
	if ended == 0 || rotated == 0 {
		t.Errorf("%d histories ended by reuse and %d rotated thrice: the walk is too tame", ended, rotated)
	}
}

// TestOneChainWithCallersAtOnce is the same with real concurrency: every round,
// all callers present what is current, and get one successor; a straggler within
// the grace gets it too; after the grace one caller is told of the reuse and the
// rest of the end, and it is written down once.
func TestOneChainWithCallersAtOnce(t *testing.T) {
	for _, callers := range []int{8, 32} {
		w, _ := joined(t, func(s *auth.Service) { s.Policy.MaxSessions = 1000 })
		g := w.login(t, "ann.lee")
		before, current := auth.Token(""), g.RefreshToken
		for round := range int64(20) {
			next := w.atOnce(t, callers, current)
			if len(next) != 1 || next[current] != 0 {
				t.Fatalf("round %d: got %d successors", round, len(next))
			}
			if n := w.session(t, g.SessionID).Counter; n != round+1 {
				t.Fatalf("round %d: got counter %d", round, n)
			}
			before = current
			for current = range next {
			}
			w.clock.advance(grace - time.Millisecond)
			if late := w.atOnce(t, callers, before); len(late) != 1 || late[current] != callers {
				t.Fatalf("round %d: stragglers got %d successors", round, len(late))
			}
		}
		w.clock.advance(time.Millisecond)
		by := w.anyone(t, home)
		var all sync.WaitGroup
		errs := make([]error, callers)
		for i := range errs {
			all.Go(func() {
				_, errs[i] = w.Refresh(t.Context(), by, auth.RefreshInput{RefreshToken: auth.Secret(before)})
			})
		}
		all.Wait()
		told := 0
		for _, err := range errs {
			if isAnswer(err, auth.ErrRefreshReused) {
				told++
				continue
			}
			refused(t, "the others", err, auth.ErrSessionEnded)
		}
		if n := w.wrote(t, home, auth.ActionReuse, string(auth.EndReuse)); told != 1 || n != 1 {
			t.Errorf("%d callers were told of the reuse and %d events written, want one", told, n)
		}
	}
}

// atOnce presents one token many times at once and counts the successors.
func (w *world) atOnce(t *testing.T, callers int, token auth.Token) map[auth.Token]int {
	t.Helper()
	by := w.anyone(t, home)
	var all sync.WaitGroup
	got := make([]auth.Token, callers)
	for i := range got {
		all.Go(func() {
			g, err := w.Refresh(t.Context(), by, auth.RefreshInput{RefreshToken: auth.Secret(token)})
			if err != nil {
				t.Errorf("caller %d: got error %v", i, err)
			}
			got[i] = g.RefreshToken
		})
	}
	all.Wait()
	successors := map[auth.Token]int{}
	for _, next := range got {
		successors[next]++
	}
	return successors
}
