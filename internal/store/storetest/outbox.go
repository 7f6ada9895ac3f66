package storetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func outboxPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"MailComesBackWhole", mailComesBackWhole},
		{"OldestMailFirst", oldestMailFirst},
		{"LeasedMailIsWithOneCaller", leasedMailIsWithOneCaller},
		{"ALeaseEnds", aLeaseEnds},
		{"OneCallerGetsTheMail", oneCallerGetsTheMail},
		{"LateMailIsBuried", lateMailIsBuried},
		{"SentIsSent", sentIsSent},
		{"OneCallerSent", oneCallerSent},
		{"PostponedMailWaits", postponedMailWaits},
		{"BuriedMailStaysBuried", buriedMailStaysBuried},
		{"MailIsOfItsDirectory", mailIsOfItsDirectory},
		{"LettersAreListed", lettersAreListed},
		{"DeadLettersGoOutAgain", deadLettersGoOutAgain},
	}
}

// post writes mails that were made so long after the start.
func (w world) post(after ...time.Duration) []auth.Mail {
	w.Helper()
	var mails []auth.Mail
	for _, a := range after {
		mails = append(mails, w.mail(start.Add(a)))
	}
	must(w, w.Write(bg, auth.Note{Mails: mails}), "Write")
	return mails
}

// leased wants these mails to be given out for a minute, in this order; each is
// counted up in mails.
func (w world) leased(after time.Duration, max int, want ...*auth.Mail) {
	w.Helper()
	got, err := w.Lease(bg, start.Add(after), time.Minute, max)
	must(w, err, "Lease")
	var mails []auth.Mail
	for _, m := range want {
		m.Attempts++
		mails = append(mails, *m)
	}
	same(w, "Lease", got, mails)
}

func (w world) waits(queued, dead int) {
	w.Helper()
	q, d, err := w.Waiting(bg)
	must(w, err, "Waiting")
	if q != queued || d != dead {
		w.Errorf("Waiting: got %d queued and %d dead, want %d and %d", q, d, queued, dead)
	}
}

func mailComesBackWhole(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.waits(0, 0)
	w.leased(0, 10)
	full := w.mail(start.Add(time.Millisecond))
	full.Kind, full.Sealed = auth.MessageLoginCode, []byte{0, 0xff, '\'', 0}
	full.NotAfter = start.Add(time.Hour + time.Millisecond)
	must(t, s.Write(bg, auth.Note{Mails: []auth.Mail{full}}), "Write")
	w.waits(1, 0)
	w.leased(time.Minute, 10, &full)
	w.waits(1, 0)
}

func oldestMailFirst(t T, s auth.Store) {
	w := settle(t, s, "default")
	m := w.post(3*time.Second, time.Second, 2*time.Second, 4*time.Second)
	w.leased(time.Minute, 2, &m[1], &m[2])
	w.leased(time.Minute, 10, &m[0], &m[3])
	w.leased(time.Minute, 10)
	w.leased(2*time.Minute, 3, &m[1], &m[2], &m[0])
}

func leasedMailIsWithOneCaller(t T, s auth.Store) {
	w := settle(t, s, "default")
	for round := range rounds {
		var want []string
		for _, m := range w.post(make([]time.Duration, 20)...) {
			want = append(want, m.ID)
		}
		now := start.Add(time.Duration(round) * time.Second)
		got := slices.Concat(race(callers, func(int) []string {
			var ids []string
			for range 20 {
				mails, err := s.Lease(bg, now, time.Hour, 3)
				if err != nil {
					t.Errorf("Lease: %v", err)
				}
				if len(mails) == 0 {
					return ids
				}
				for _, m := range mails {
					ids = append(ids, m.ID)
				}
			}
			return ids
		})...)
		slices.Sort(got)
		slices.Sort(want)
		same(t, "mails given out", got, want)
	}
}

func aLeaseEnds(t T, s auth.Store) {
	w := settle(t, s, "default")
	m := w.post(0)
	w.leased(0, 10, &m[0])
	w.leased(time.Minute-time.Millisecond, 10)
	w.leased(time.Minute, 10, &m[0])
	w.leased(time.Minute, 10)
	w.leased(3*time.Minute, 10, &m[0])
	w.waits(1, 0)
}

func oneCallerGetsTheMail(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range rounds {
		m := w.post(0)[0]
		got := slices.Concat(race(callers, func(int) []auth.Mail {
			mails, err := s.Lease(bg, start, time.Minute, 10)
			if err != nil {
				t.Errorf("Lease: %v", err)
			}
			return mails
		})...)
		m.Attempts = 1
		same(t, "what all callers got", got, []auth.Mail{m})
		must(t, s.Sent(bg, "default", m.ID, start), "Sent")
	}
}

func lateMailIsBuried(t T, s auth.Store) {
	w := settle(t, s, "default")
	late, fresh := w.mail(start), w.mail(start.Add(time.Second))
	late.NotAfter = start.Add(time.Minute)
	must(t, s.Write(bg, auth.Note{Mails: []auth.Mail{late, fresh}}), "Write")
	w.waits(2, 0)
	w.leased(time.Minute, 1, &late) // the last moment
	must(t, s.Postpone(bg, "default", late.ID, late.NotAfter.Add(time.Millisecond), "try again"), "Postpone")
	w.leased(time.Minute+time.Millisecond, 1, &fresh) // the buried one takes nobody's place
	w.waits(1, 1)
	refused(t, s.Sent(bg, "default", late.ID, start), auth.ErrNoRecord, "Sent of a buried mail")
	w.leased(time.Hour, 10, &fresh)
	w.waits(1, 1)
}

func sentIsSent(t T, s auth.Store) {
	w := settle(t, s, "default")
	m := w.post(0, time.Second)
	w.leased(time.Minute, 10, &m[0], &m[1])
	must(t, s.Sent(bg, "default", m[0].ID, start.Add(time.Minute)), "Sent")
	refused(t, s.Sent(bg, "default", m[0].ID, start.Add(time.Minute)), auth.ErrNoRecord, "Sent again")
	refused(t, s.Sent(bg, "default", newID(), start.Add(time.Minute)), auth.ErrNoRecord, "Sent of none")
	w.waits(1, 0)
	w.revives(m[0].ID)
	w.waits(1, 0)
	w.leased(time.Hour, 10, &m[1])
}

// revives tries to bring back a mail that is over. What the store says to that
// is its own affair, as long as nothing comes of it.
func (w world) revives(id string) {
	w.Helper()
	for _, err := range []error{
		w.Postpone(bg, "default", id, start, "again"),
		w.Bury(bg, "default", id, start, "again"),
		w.Postpone(bg, "default", id, start, "again"),
	} {
		if err != nil {
			refused(w, err, auth.ErrNoRecord, "change of a mail that is over")
		}
	}
}

func oneCallerSent(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range rounds {
		m := w.post(0)[0]
		errs := race(callers, func(int) error { return s.Sent(bg, "default", m.ID, start) })
		if n := winners(t, errs, auth.ErrNoRecord, "Sent"); n != 1 {
			t.Fatalf("%d callers marked the mail as sent, want 1", n)
		}
	}
}

func postponedMailWaits(t T, s auth.Store) {
	w := settle(t, s, "default")
	m := w.post(0, time.Second)
	w.leased(time.Minute, 10, &m[0], &m[1])
	must(t, s.Postpone(bg, "default", m[0].ID, start.Add(time.Hour), "mailbox full: 'ü'"), "Postpone")
	must(t, s.Postpone(bg, "default", m[1].ID, start.Add(time.Minute+time.Second), ""), "Postpone")
	w.waits(2, 0)
	w.leased(time.Minute+time.Second-time.Millisecond, 10)
	w.leased(time.Minute+time.Second, 10, &m[1])
	must(t, s.Sent(bg, "default", m[1].ID, start), "Sent")
	w.leased(time.Hour-time.Millisecond, 10)
	w.leased(time.Hour, 10, &m[0])
}

func buriedMailStaysBuried(t T, s auth.Store) {
	w := settle(t, s, "default")
	m := w.post(0)
	w.leased(0, 10, &m[0])
	must(t, s.Bury(bg, "default", m[0].ID, start, "no such mailbox"), "Bury")
	w.waits(0, 1)
	refused(t, s.Sent(bg, "default", m[0].ID, start), auth.ErrNoRecord, "Sent of a buried mail")
	w.revives(m[0].ID)
	w.waits(0, 1)
	w.leased(time.Hour, 10)
}

// mailIsOfItsDirectory: under another one it is not found, and stays as it is.
func mailIsOfItsDirectory(t T, s auth.Store) {
	w, there := settle(t, s, "default"), settle(t, s, "there")
	m, far := w.post(0)[0], there.post(time.Second)[0]
	w.leased(time.Minute, 10, &m, &far)
	for _, id := range []string{m.ID, newID()} {
		for doing, err := range map[string]error{
			"Sent":     s.Sent(bg, "there", id, start),
			"Postpone": s.Postpone(bg, "there", id, start.Add(time.Hour), "again"),
			"Bury":     s.Bury(bg, "there", id, start, "again"),
		} {
			refused(t, err, auth.ErrNoRecord, doing+" in another directory")
		}
	}
	w.waits(2, 0)
	w.leased(2*time.Minute, 10, &m, &far)
	must(t, s.Sent(bg, "default", m.ID, start), "Sent")
	must(t, s.Bury(bg, "there", far.ID, start, "no such mailbox"), "Bury")
	w.waits(0, 1)
}

// listed wants a tenant's mails in a state, newest first, a page at a time.
func (w world) listed(what string, q auth.LetterQuery, want ...auth.Letter) {
	w.Helper()
	var got []auth.Letter
	q.Max = 2
	for {
		page, err := w.Letters(bg, q)
		must(w, err, "Letters")
		got = append(got, page...)
		if len(page) < q.Max {
			break
		}
		last := page[len(page)-1]
		q.Before = auth.EventPlace{At: last.CreatedAt, ID: last.ID}
	}
	same(w, what, got, want)
}

// lettersAreListed: of one tenant, in any state or in one, without what is in
// them.
func lettersAreListed(t T, s auth.Store) {
	w := settle(t, s, "default")
	m := w.post(0, time.Second, time.Second, 2*time.Second, 3*time.Second)
	other := w.mail(start)
	other.Tenant = newID()
	must(t, s.Write(bg, auth.Note{Mails: []auth.Mail{other}}), "Write")
	slices.SortFunc(m, func(a, b auth.Mail) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID)) })
	tenant := auth.LetterQuery{Directory: "default", Tenant: m[0].Tenant}
	waiting := func(m auth.Mail) auth.Letter {
		m.Sealed = nil
		return auth.Letter{Mail: m, State: auth.MailWaiting, DueAt: m.CreatedAt}
	}
	w.listed("all of them", tenant, waiting(m[0]), waiting(m[1]), waiting(m[2]), waiting(m[3]), waiting(m[4]))
	must(t, s.Sent(bg, "default", m[0].ID, start.Add(time.Minute)), "Sent")
	must(t, s.Bury(bg, "default", m[1].ID, start.Add(time.Minute), "no such mailbox: 'ü'"), "Bury")
	must(t, s.Postpone(bg, "default", m[2].ID, start.Add(time.Hour), "mailbox full"), "Postpone")
	sent, dead, late := waiting(m[0]), waiting(m[1]), waiting(m[2])
	sent.State, sent.DueAt = auth.MailSent, start.Add(time.Minute)
	dead.State, dead.DueAt, dead.Problem = auth.MailDead, start.Add(time.Minute), "no such mailbox: 'ü'"
	late.DueAt, late.Problem = start.Add(time.Hour), "mailbox full"
	w.listed("in every state", tenant, sent, dead, late, waiting(m[3]), waiting(m[4]))
	in := func(state auth.MailState) auth.LetterQuery { q := tenant; q.State = state; return q }
	w.listed("those that wait", in(auth.MailWaiting), late, waiting(m[3]), waiting(m[4]))
	w.listed("sent", in(auth.MailSent), sent)
	w.listed("dead", in(auth.MailDead), dead)
	w.listed("of nobody's tenant", auth.LetterQuery{Directory: "default", Tenant: newID()})
	w.listed("of another directory", auth.LetterQuery{Directory: "elsewhere", Tenant: tenant.Tenant})
}

// deadLettersGoOutAgain: what was given up, or waits long, is due at once; what
// was sent, or is too late, is not, nor what is another tenant's.
func deadLettersGoOutAgain(t T, s auth.Store) {
	w := settle(t, s, "default")
	now := start.Add(time.Minute)
	dead, late, sent, over := w.mail(start), w.mail(start.Add(time.Second)), w.mail(start.Add(2*time.Second)), w.mail(start.Add(3*time.Second))
	over.NotAfter = now.Add(-time.Millisecond)
	dead.NotAfter = now
	must(t, s.Write(bg, auth.Note{Mails: []auth.Mail{dead, late, sent, over}}), "Write")
	must(t, s.Sent(bg, "default", sent.ID, now), "Sent")
	must(t, s.Bury(bg, "default", dead.ID, start, "no such mailbox"), "Bury")
	must(t, s.Bury(bg, "default", over.ID, start, "no such mailbox"), "Bury")
	must(t, s.Postpone(bg, "default", late.ID, start.Add(time.Hour), "full"), "Postpone")
	w.leased(time.Minute, 10)
	for what, err := range map[string]error{
		"a mail that was sent":    s.Redeliver(bg, "default", sent.Tenant, sent.ID, now),
		"a mail that is too late": s.Redeliver(bg, "default", over.Tenant, over.ID, now),
		"another tenant's":        s.Redeliver(bg, "default", newID(), dead.ID, now),
		"another directory's":     s.Redeliver(bg, "elsewhere", dead.Tenant, dead.ID, now),
		"none":                    s.Redeliver(bg, "default", dead.Tenant, newID(), now),
	} {
		refused(t, err, auth.ErrNoRecord, "Redeliver of "+what)
	}
	w.leased(time.Minute, 10)
	must(t, s.Redeliver(bg, "default", dead.Tenant, dead.ID, now), "Redeliver of a dead letter")
	must(t, s.Redeliver(bg, "default", late.Tenant, late.ID, now), "Redeliver of one that waits")
	w.waits(2, 1)
	w.leased(time.Minute, 10, &dead, &late) // their attempts begin again
}
