package e2e

import (
	"strconv"
	"strings"
	"sync"
	"testing"
)

// count counts the letters to each address whose subject holds some words.
func (o *postOffice) count(holds string) map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := map[string]int{}
	for _, l := range o.letters {
		if strings.Contains(l.Subject, holds) {
			n[l.To]++
		}
	}
	return n
}

const welcome = "Welcome to"

// mailOnce: three workers share one outbox, and each mail is sent by one of them.
func mailOnce(t *testing.T, f *fleet) {
	mails := 200 / f.less
	f.sentAll(t)
	before := f.office.count(welcome)
	sent := f.sent(t)
	spread(2*f.hands, mails, func(int) { f.all.joinNow(t) })
	f.sentAll(t)
	var total, again int
	for address, n := range f.office.count(welcome) {
		if before[address] > 0 {
			continue
		}
		total++
		if n != 1 {
			again++
		}
	}
	if total != mails || again > 0 {
		t.Errorf("%d of %d people got their mail, %d of them more than once", total, mails, again)
	}
	var by []int
	for i, now := range f.sent(t) {
		by = append(by, now-sent[i])
		if now == sent[i] {
			t.Errorf("instance %d sent none of the mails: the outbox is not shared", i)
		}
	}
	tell(t, "%s: %d mails, sent once each by instances %v", f.name, mails, by)
}

// sentAll waits until the outbox is empty.
func (f *fleet) sentAll(t *testing.T) {
	t.Helper()
	eventually(t, "all mails are sent", func() bool { return f.servers[0].metric(t, "latchkey_mail_queued") == "0" })
}

// sent is how many mails each instance has sent.
func (f *fleet) sent(t *testing.T) (n []int) {
	t.Helper()
	for _, s := range f.servers {
		count, err := strconv.Atoi(s.metric(t, "latchkey_mail_sent_total"))
		if err != nil {
			t.Fatal(err)
		}
		n = append(n, count)
	}
	return n
}

// codeOnce: of many who use a code at the same moment, at all instances, one is
// let in.
func codeOnce(t *testing.T, f *fleet) {
	f.servers[0].run(t, nil, "tenant", "create", "careful", "--otp", "email")
	in := []string{"x-tenant-id", "careful"}
	const tries = 12
	for range 20 / f.less {
		who := newPerson()
		f.all.soon(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp(), in...)
		asked := f.all.want(t, "OTP_SENT", "POST", "/auth/login", who.logIn(), in...).grant(t)
		code := f.office.code(t, who.Email)
		var mu sync.Mutex
		got := map[string]int{}
		together(tries, func(i int) {
			a, err := f.each[i%instances].send("POST", "/auth/login/verify", map[string]string{"loginId": asked.LoginID, "otp": code}, in...)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			got[a.Meta.Code]++
		})
		if got["LOGIN_SUCCESS"] != 1 || got["OTP_EXPIRED_OR_INVALID"] != tries-1 {
			t.Fatalf("one code, used %d times at once: %v, want 1 LOGIN_SUCCESS and else OTP_EXPIRED_OR_INVALID", tries, got)
		}
	}
}

// successorOnce: a refresh token that is used at all instances at the same
// moment has one successor, and its session lives on.
func successorOnce(t *testing.T, f *fleet) {
	const tries = 30
	for _, g := range f.crowd(t, 20/f.less, 1) {
		next := make([]grant, tries)
		together(tries, func(i int) {
			next[i] = f.each[i%instances].must(t, "TOKENS_REFRESHED", "POST", "/auth/refresh", g.refresh())
		})
		for _, n := range next {
			if n.RefreshToken != next[0].RefreshToken || n.RefreshToken == g.RefreshToken || n.SessionID != g.SessionID {
				t.Fatal("one refresh token has two successors, or another session")
			}
		}
		last := f.all.want(t, "TOKENS_REFRESHED", "POST", "/auth/refresh", next[0].refresh()).grant(t)
		for _, c := range f.each {
			c.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, last.bearer()...)
		}
		// Now it is the token before the last: a replay, which ends the session.
		f.all.want(t, "INVALID_REFRESH_HASH", "POST", "/auth/refresh", g.refresh())
		f.all.want(t, "SESSION_NOT_FOUND", "POST", "/auth/refresh", last.refresh())
	}
}

// lockedOnce: seven wrong passwords lock an account, wherever they were tried,
// and its owner gets one mail about it.
func lockedOnce(t *testing.T, f *fleet) {
	for _, tt := range []struct {
		name   string
		wrong  int
		locked bool
	}{
		{"one less than the limit", 6, false},
		{"the limit", 7, true},
		{"many more", 7 + 30/f.less, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			who, _ := f.all.join(t)
			guess := who
			guess.Password = "not-" + who.Password
			together(tt.wrong, func(i int) {
				f.each[i%instances].must(t, "INVALID_CREDENTIALS", "POST", "/auth/login", guess.logIn())
			})
			want, mails := "LOGIN_SUCCESS", 0
			if tt.locked {
				want, mails = "ACCOUNT_LOCKED", 1
			}
			for _, c := range f.each {
				c.want(t, want, "POST", "/auth/login", who.logIn())
			}
			f.sentAll(t)
			if got := f.office.count("locked")[who.Email]; got != mails {
				t.Errorf("%d mails about a lock, want %d", got, mails)
			}
		})
	}
}
