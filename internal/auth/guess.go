package auth

import (
	"context"
	"net/netip"
	"strconv"
	"time"
)

// target is the account whose password somebody tries, and what is known of
// the device that tries it. Failures are counted for strangers and for each
// device that has logged in before by themselves: strangers can lock each other
// out, and nobody else.
type target struct {
	user   User   // no ID: nobody here has that name, and everything is counted all the same
	name   string // stands for the name then
	device string // the known device, "" for a stranger
}

// exists reports whether there is such an account.
func (t target) exists() bool { return t.user.ID != "" }

// prefix is what an account's counters begin with. An unlock or a new password
// begins another epoch, and with it every counter at zero.
func (t target) prefix() string {
	if !t.exists() {
		return "password/nobody/" + t.name
	}
	return "password/" + t.user.ID + "/" + strconv.FormatInt(t.user.Epoch, 10)
}

// guess is one try at a password, counted before the password is looked at: of
// any number at once, on any number of instances, no more are compared than the
// policy allows.
type guess struct {
	target
	counted []Count
	n       int       // failures in a row, with this one
	row     int       // the same, over locks that ended by themselves
	tries   int       // the same, in the last while, locked or not
	until   time.Time // when the count in n begins anew
	shut    bool      // locked, for this device: who is right is told so, and does not come in
	deaf    bool      // too many in a row: nothing is compared any more
}

// compares reports whether the password may be compared at all.
func (g guess) compares() bool { return g.exists() && !g.deaf }

// guess counts a try. The error is for who has to wait. What a caller can see
// depends on counters alone, which names that nobody has have too.
func (s *Service) guess(ctx context.Context, by Caller, t target) (guess, error) {
	now := s.now()
	lapse, err := s.count(ctx, s.lockCounter(by, t, 0))
	if err != nil {
		return guess{}, s.fault(ctx, "count passwords", err)
	}
	locked := t.user.Locked(now, t.device != "") || !t.exists() && lapse.N > 0
	g := guess{target: t, counted: s.guessCounters(by, t, locked)}
	tallies, err := s.Tickets.Count(ctx, g.counted...)
	if err != nil {
		return guess{}, s.fault(ctx, "count passwords", err)
	}
	g.until = tallies[0].Resets
	g.n, g.row, g.tries = tallies[0].N, tallies[1].N, tallies[2].N
	g.shut = locked || g.n > by.Tenant.Policy.LockAttempts
	g.deaf = g.row > rowBudget(by.Tenant.Policy)
	if len(tallies) > 3 && tallies[3].N > networkFailures && !s.Unlimited {
		s.uncount(ctx, g.counted...)
		return guess{}, s.limited(tallies[3])
	}
	if g.waits(by.Tenant.Policy) && !s.Unlimited {
		if err := s.awaitTurn(ctx, g); err != nil {
			s.uncount(ctx, g.counted...)
			return guess{}, err
		}
	}
	return g, nil
}

// waits reports whether a try comes after so many others that it has to wait.
// Past as many as lock there is nothing left to slow down. It does not matter
// whether the account is locked: who has to wait learns nothing of that.
func (g guess) waits(p Policy) bool { return g.tries > patience && g.tries <= p.LockAttempts }

// guessCounters are what a try is counted in: failures of its group, all in a
// row, and those of the network, which count for strangers only: a colleague's
// known device does not stand still because of them. What comes during a lock
// leads to no other, so that after it all tries are there again.
func (s *Service) guessCounters(by Caller, t target, locked bool) []Count {
	add := func(key string, window time.Duration) Count {
		return Count{Directory: by.Tenant.Directory, Key: key, Add: 1, Window: window, Now: s.now()}
	}
	// Not longer than a lock: when that ends, this has ended too.
	group, span := t.prefix()+"/strangers", by.Tenant.Policy.lockTime()
	if t.device != "" {
		group = t.prefix() + "/device/" + t.device
		return []Count{add(group, span), add(group+"/row", rowSpan), add(group+"/tries", span)}
	}
	if locked {
		group += "/locked"
	}
	counts := []Count{add(group, span), add(t.prefix()+"/row", rowSpan), add(t.prefix()+"/tries", span)}
	if by.Relayed {
		return counts
	}
	return append(counts, add("password/network/"+network(by.Addr), networkSpan))
}

// lockCounter runs for as long as the lock of a name would that nobody has.
func (s *Service) lockCounter(by Caller, t target, add int) Count {
	return Count{Directory: by.Tenant.Directory, Key: t.prefix() + "/lock", Add: add, Window: by.Tenant.Policy.lockTime(), Now: s.now()}
}

// network is the /24 or /64 of an address: whoever has one address of it can
// usually have the others.
func network(addr string) string {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return "unknown"
	}
	bits := 64
	if a = a.Unmap(); a.Is4() {
		bits = 24
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return p.String()
}

// waitCounter runs for as long as the next try of a group has to wait.
func (g guess) waitCounter(now time.Time, add int, wait time.Duration) Count {
	return Count{Directory: g.counted[2].Directory, Key: g.counted[2].Key + "/wait", Add: add, Window: wait, Now: now}
}

// awaitTurn makes a try wait for its turn: a short time here, else the client
// is told for how long.
func (s *Service) awaitTurn(ctx context.Context, g guess) error {
	now := s.now()
	wait, err := s.count(ctx, g.waitCounter(now, 0, lastWait))
	if err != nil {
		return s.fault(ctx, "count passwords", err)
	}
	left := wait.Resets.Sub(now)
	switch {
	case wait.N == 0 || left <= 0:
		return nil
	case left > heldWait:
		return s.limited(wait)
	}
	sleep(ctx, left)
	return nil
}

// guessedRight takes back what was counted: the failures are no longer in a
// row. A login from a known device leaves the strangers' way to a lock alone.
func (s *Service) guessedRight(ctx context.Context, g guess) {
	const all = 1 << 20
	back := append([]Count(nil), g.counted...)
	back[0].Add, back[1].Add, back[2].Add = all, all, all
	if g.device != "" {
		row := back[1]
		row.Key = g.prefix() + "/row"
		back = append(back, row)
	}
	s.uncount(ctx, back...)
}

// uncount subtracts. What it cannot take back only makes somebody wait.
func (s *Service) uncount(ctx context.Context, counted ...Count) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	back := make([]Count, len(counted))
	for i, c := range counted {
		back[i] = c
		back[i].Add, back[i].Now = -c.Add, s.now()
	}
	if _, err := s.Tickets.Count(ctx, back...); err != nil {
		s.Log.WarnContext(ctx, "tries not taken back", "error", err.Error())
	}
}

// guessedWrong lets the next try wait and locks the account where it is time.
// Names that nobody has cost the same.
func (s *Service) guessedWrong(ctx context.Context, by Caller, g guess) error {
	now, policy := s.now(), by.Tenant.Policy
	var counts []Count
	if g.tries >= patience && g.tries < policy.LockAttempts {
		counts = append(counts, g.waitCounter(now, 1, min(firstWait<<min(g.tries-patience, 20), lastWait)))
	}
	if g.n == policy.LockAttempts {
		counts = append(counts, s.lockCounter(by, g.target, 1))
	}
	// Last: when this window began, so did the attack.
	counts = append(counts, Count{Directory: by.Tenant.Directory, Key: g.prefix() + "/began", Add: 1, Window: policy.lockTime(), Now: now})
	if g.device != "" {
		counts = counts[:len(counts)-1]
	}
	if len(counts) == 0 {
		return nil
	}
	tallies, err := s.Tickets.Count(ctx, counts...)
	if err != nil {
		return s.fault(ctx, "count passwords", err)
	}
	if g.device != "" {
		return nil
	}
	return s.lockIfDue(ctx, by, g, tallies[len(tallies)-1].Resets.Add(-policy.lockTime()))
}

// lockIfDue locks an account that is not locked yet though it is time.
func (s *Service) lockIfDue(ctx context.Context, by Caller, g guess, since time.Time) error {
	policy := by.Tenant.Policy
	switch {
	case !g.exists() || g.device != "" || g.user.Locked(s.now(), false):
		return nil
	case g.row >= rowBudget(policy): // no more by guessing: it takes the link, or a new password
		return s.lock(ctx, by, g.user, since, rowSpan)
	case g.n >= policy.LockAttempts:
		return s.lock(ctx, by, g.user, since, policy.lockTime())
	}
	return nil
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) {
	left := time.NewTimer(d)
	defer left.Stop()
	select {
	case <-left.C:
	case <-ctx.Done():
	}
}
