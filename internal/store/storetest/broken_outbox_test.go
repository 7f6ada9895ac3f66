package storetest_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenOutboxes() []broken {
	return []broken{
		{"end of the mail dropped", func(s auth.Store) auth.Store { return mailEndDropped{s} }, []string{"Outbox/MailComesBackWhole", "Outbox/LateMailIsBuried"}},
		{"newest mail first", func(s auth.Store) auth.Store { return mailReversed{s} }, []string{"Outbox/OldestMailFirst"}},
		{"lease given twice", func(s auth.Store) auth.Store { return leaseTwice{s} },
			[]string{"Outbox/LeasedMailIsWithOneCaller", "Outbox/OneCallerGetsTheMail"}},
		{"mail read, then leased", func(s auth.Store) auth.Store { return leaseChecked{s} },
			[]string{"Outbox/LeasedMailIsWithOneCaller", "Outbox/OneCallerGetsTheMail"}},
		{"lease never ends", func(s auth.Store) auth.Store { return leaseForever{s} }, []string{"Outbox/ALeaseEnds"}},
		{"sent twice", func(s auth.Store) auth.Store { return sentTwice{s} }, []string{"Outbox/SentIsSent", "Outbox/OneCallerSent"}},
		{"postponed to the lease's end", func(s auth.Store) auth.Store { return notPostponed{s} }, []string{"Outbox/PostponedMailWaits"}},
		{"buried is postponed", func(s auth.Store) auth.Store { return buriedAlive{s} }, []string{"Outbox/BuriedMailStaysBuried"}},
		{"sessions counted a step early", func(s auth.Store) auth.Store { return pulseEarly{s} }, []string{"Pulse/SessionsAreCountedByStep"}},
		{"events counted a step late", func(s auth.Store) auth.Store { return pulseLate{s} }, []string{"Pulse/EventsAreCountedByStep"}},
		{"letters with what is in them", func(s auth.Store) auth.Store { return lettersOpen{s} }, []string{"Outbox/LettersAreListed"}},
		{"letters in every state", func(s auth.Store) auth.Store { return lettersInAll{s} }, []string{"Outbox/LettersAreListed"}},
		{"redelivered when it is too late", func(s auth.Store) auth.Store { return redeliverAny{s} }, []string{"Outbox/DeadLettersGoOutAgain"}},
	}
}

type mailEndDropped struct{ auth.Store }

func (b mailEndDropped) Write(ctx context.Context, n auth.Note) error {
	n.Mails = slices.Clone(n.Mails)
	for i := range n.Mails {
		n.Mails[i].NotAfter = time.Time{}
	}
	return b.Store.Write(ctx, n)
}

type mailReversed struct{ auth.Store }

func (b mailReversed) Lease(ctx context.Context, now time.Time, lease time.Duration, max int) ([]auth.Mail, error) {
	mails, err := b.Store.Lease(ctx, now, lease, max)
	slices.Reverse(mails)
	return mails, err
}

type leaseTwice struct{ auth.Store }

func (b leaseTwice) Lease(ctx context.Context, now time.Time, _ time.Duration, max int) ([]auth.Mail, error) {
	return b.Store.Lease(ctx, now, 0, max)
}

type leaseChecked struct{ auth.Store }

func (b leaseChecked) Lease(ctx context.Context, now time.Time, lease time.Duration, max int) ([]auth.Mail, error) {
	mails, err := b.Store.Lease(ctx, now, 0, max)
	if err != nil {
		return nil, err
	}
	pause()
	for _, m := range mails {
		if err := b.Postpone(ctx, m.Directory, m.ID, now.Add(lease), ""); err != nil {
			return nil, err
		}
	}
	return mails, nil
}

type leaseForever struct{ auth.Store }

func (b leaseForever) Lease(ctx context.Context, now time.Time, _ time.Duration, max int) ([]auth.Mail, error) {
	return b.Store.Lease(ctx, now, 1000*time.Hour, max)
}

type sentTwice struct{ auth.Store }

func (b sentTwice) Sent(ctx context.Context, directory, id string, at time.Time) error {
	if err := b.Store.Sent(ctx, directory, id, at); !errors.Is(err, auth.ErrNoRecord) {
		return err
	}
	return nil
}

type notPostponed struct{ auth.Store }

func (notPostponed) Postpone(context.Context, string, string, time.Time, string) error { return nil }

type buriedAlive struct{ auth.Store }

func (b buriedAlive) Bury(ctx context.Context, directory, id string, at time.Time, problem string) error {
	return b.Postpone(ctx, directory, id, at, problem)
}

type lettersOpen struct{ auth.Store }

func (b lettersOpen) Letters(ctx context.Context, q auth.LetterQuery) ([]auth.Letter, error) {
	all, err := b.Store.Letters(ctx, q)
	for i := range all {
		all[i].Sealed = []byte("code")
	}
	return all, err
}

type lettersInAll struct{ auth.Store }

func (b lettersInAll) Letters(ctx context.Context, q auth.LetterQuery) ([]auth.Letter, error) {
	q.State = ""
	return b.Store.Letters(ctx, q)
}

type redeliverAny struct{ auth.Store }

func (b redeliverAny) Redeliver(ctx context.Context, directory, tenant, id string, now time.Time) error {
	return b.Store.Redeliver(ctx, directory, tenant, id, now.Add(-time.Hour))
}

type pulseEarly struct{ auth.Store }

func (b pulseEarly) Pulse(ctx context.Context, q auth.PulseQuery) (auth.Pulse, error) {
	p, err := b.Store.Pulse(ctx, q)
	late := q
	late.From = q.From.Add(-q.Step)
	early, failed := b.Store.Pulse(ctx, late)
	p.Living = early.Living
	return p, errors.Join(err, failed)
}

type pulseLate struct{ auth.Store }

func (b pulseLate) Pulse(ctx context.Context, q auth.PulseQuery) (auth.Pulse, error) {
	p, err := b.Store.Pulse(ctx, q)
	q.From = q.From.Add(time.Millisecond)
	late, failed := b.Store.Pulse(ctx, q)
	p.Events = late.Events
	return p, errors.Join(err, failed)
}
