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
