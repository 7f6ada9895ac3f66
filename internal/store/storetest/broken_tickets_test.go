package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenTickets() []broken {
	return []broken{
		{"data dropped", func(s auth.Store) auth.Store { return dataDropped{s} }, []string{"Tickets/TicketsComeBackWhole"}},
		{"ticket issued over another", func(s auth.Store) auth.Store { return issuedOver{s} },
			[]string{"Tickets/ATicketIsIssuedOnce", "Tickets/OneTicketIsIssued"}},
		{"ticket looked for, then issued", func(s auth.Store) auth.Store { return issueChecked{s} }, []string{"Tickets/OneTicketIsIssued"}},
		{"kind ignored", func(s auth.Store) auth.Store { return kindIgnored{s} }, []string{"Tickets/KeysAreApart"}},
		{"end is inclusive", func(s auth.Store) auth.Store { return endInclusive{s} }, []string{"Tickets/ExpiredIsGone"}},
		{"ticket spent twice", func(s auth.Store) auth.Store { return spentTwice{s} },
			[]string{"Tickets/ARightProofSpends", "Tickets/OneCallerSpends"}},
		{"ticket read, then spent", func(s auth.Store) auth.Store { return spendChecked{s} },
			[]string{"Tickets/OneCallerSpends", "Tickets/AVoidedProofIsWrong"}},
		{"tries not counted", func(s auth.Store) auth.Store { return triesNotCounted{s} },
			[]string{"Tickets/AWrongProofCostsATry", "Tickets/NoTryTooMany", "Tickets/RightAmongWrong"}},
		{"tries read, then counted", func(s auth.Store) auth.Store { return triesChecked{s} }, []string{"Tickets/NoTryTooMany"}},
		{"reissue keeps the tries", func(s auth.Store) auth.Store { return triesKept{s} }, []string{"Tickets/ReissueStartsAgain"}},
		{"list forgets the end", func(s auth.Store) auth.Store { return listedForever{s} }, []string{"Tickets/ListedTicketsStand"}},
		{"list without pages", func(s auth.Store) auth.Store { return listedAgain{s} }, []string{"Tickets/ListedTicketsStand"}},
		{"list of all tenants", func(s auth.Store) auth.Store { return &listedTogether{Store: s} }, []string{"Tickets/AListIsApart"}},
		{"void keeps", func(s auth.Store) auth.Store { return voidKeeps{s} }, []string{"Tickets/VoidedIsGone"}},
	}
}

type dataDropped struct{ auth.Store }

func (b dataDropped) Issue(ctx context.Context, t auth.Ticket) error {
	t.Data = nil
	return b.Store.Issue(ctx, t)
}

type issuedOver struct{ auth.Store }

func (b issuedOver) Issue(ctx context.Context, t auth.Ticket) error {
	if err := b.Store.Issue(ctx, t); !errors.Is(err, auth.ErrTaken) {
		return err
	}
	return b.Reissue(ctx, t, t.CreatedAt)
}

type issueChecked struct{ auth.Store }

func (b issueChecked) Issue(ctx context.Context, t auth.Ticket) error {
	if _, err := b.Ticket(ctx, t.TicketKey, t.CreatedAt); err == nil {
		return auth.ErrTaken
	}
	pause()
	return issuedOver(b).Issue(ctx, t)
}

type kindIgnored struct{ auth.Store }

func (b kindIgnored) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	k.Kind = auth.TicketLogin
	return b.Store.Attempt(ctx, k, proof, now)
}

type endInclusive struct{ auth.Store }

func (b endInclusive) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	return b.Store.Attempt(ctx, k, proof, now.Add(-time.Millisecond))
}

type spentTwice struct{ auth.Store }

func (b spentTwice) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	t, err := b.Store.Attempt(ctx, k, proof, now)
	if err != nil {
		return t, err
	}
	return t, b.Issue(ctx, t)
}

type spendChecked struct{ auth.Store }

func (b spendChecked) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	t, err := b.Ticket(ctx, k, now)
	if err != nil {
		return t, err
	}
	pause()
	if !bytes.Equal(t.Proof, proof) {
		return b.Store.Attempt(ctx, k, proof, now)
	}
	return t, b.Void(ctx, k)
}

type triesNotCounted struct{ auth.Store }

func (b triesNotCounted) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	was, err := b.Ticket(ctx, k, now)
	if err != nil {
		return was, err
	}
	t, err := b.Store.Attempt(ctx, k, proof, now)
	if errors.Is(err, auth.ErrWrongProof) {
		return was, errors.Join(err, b.Reissue(ctx, was, now))
	}
	return t, err
}

type triesChecked struct{ auth.Store }

func (b triesChecked) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	t, err := b.Ticket(ctx, k, now)
	if err != nil {
		return t, err
	}
	if t.Tries == 0 {
		return t, auth.ErrNoRecord
	}
	pause()
	if bytes.Equal(t.Proof, proof) {
		return b.Store.Attempt(ctx, k, proof, now)
	}
	t.Tries--
	if err := b.Reissue(ctx, t, now); err != nil {
		return t, err
	}
	return t, auth.ErrWrongProof
}

type triesKept struct{ auth.Store }

func (b triesKept) Reissue(ctx context.Context, t auth.Ticket, now time.Time) error {
	old, err := b.Ticket(ctx, t.TicketKey, now)
	if err != nil {
		return err
	}
	t.Tries = old.Tries
	return b.Store.Reissue(ctx, t, now)
}

type voidKeeps struct{ auth.Store }

func (voidKeeps) Void(context.Context, auth.TicketKey) error { return nil }

type listedForever struct{ auth.Store }

func (b listedForever) Standing(ctx context.Context, q auth.TicketQuery, _ time.Time) ([]auth.Ticket, error) {
	return b.Store.Standing(ctx, q, time.Time{})
}

type listedAgain struct{ auth.Store }

func (b listedAgain) Standing(ctx context.Context, q auth.TicketQuery, now time.Time) ([]auth.Ticket, error) {
	q.After = ""
	return b.Store.Standing(ctx, q, now)
}

type listedTogether struct {
	auth.Store
	mu      sync.Mutex
	tenants []string
}

func (b *listedTogether) Issue(ctx context.Context, t auth.Ticket) error {
	b.mu.Lock()
	b.tenants = append(b.tenants, t.Tenant)
	b.mu.Unlock()
	return b.Store.Issue(ctx, t)
}

func (b *listedTogether) Standing(ctx context.Context, q auth.TicketQuery, now time.Time) (found []auth.Ticket, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, q.Tenant = range b.tenants {
		some, err := b.Store.Standing(ctx, q, now)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found[:min(len(found), q.Max)], nil
}
