package storetest_test

import (
	"context"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenLimits() []broken {
	return []broken{
		{"the newest end", func(s auth.Store) auth.Store { return newestEnd{limitChecked{s}} }, []string{"Sessions/TheOldestEndForANewOne"}},
		{"one more than may be", func(s auth.Store) auth.Store { return oneMore{s} }, []string{
			"Sessions/TheOldestEndForANewOne", "Sessions/AFullAccountRefuses", "Sessions/NeverMoreThanMost", "Sessions/OnlyAsManyGetInAsMay",
		}},
		{"ended for a new one untold", func(s auth.Store) auth.Store { return evictedUntold{s} },
			[]string{"Sessions/TheOldestEndForANewOne", "Sessions/NeverMoreThanMost"}},
		{"ended for a new one unnoted", func(s auth.Store) auth.Store { return evictedUnnoted{s} },
			[]string{"Sessions/TheOldestEndForANewOne", "Sessions/NeverMoreThanMost"}},
		{"never refuses", func(s auth.Store) auth.Store { return neverRefuses{s} },
			[]string{"Sessions/AFullAccountRefuses", "Sessions/OnlyAsManyGetInAsMay"}},
		{"sessions counted, then ended", func(s auth.Store) auth.Store { return limitChecked{s} },
			[]string{"Sessions/NeverMoreThanMost", "Sessions/OnlyAsManyGetInAsMay"}},
	}
}

// limitChecked looks how many live, ends those that are too many, and then adds
// the new one.
type limitChecked struct{ auth.Store }

func (b limitChecked) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	return b.create(ctx, o, func(living []auth.Session) []auth.Session { return living[o.Most-1:] })
}

func (b limitChecked) create(ctx context.Context, o auth.Opening, over func(newestFirst []auth.Session) []auth.Session) ([]string, error) {
	most := o.Most
	o.Most = 0
	v := o.Session
	living, err := b.LivingSessions(ctx, v.Directory, v.User, v.CreatedAt)
	if err != nil {
		return nil, err
	}
	pause()
	if most == 0 || len(living) < most {
		return b.Store.CreateSession(ctx, o)
	}
	if o.Refuse {
		return nil, auth.ErrFull
	}
	var ids []string
	for _, old := range over(living) {
		note := auth.Note{}
		if o.Ended != nil {
			note = o.Ended(old)
		}
		e := auth.Ending{Directory: old.Directory, User: old.User, Session: old.ID, Reason: auth.EndLimit, At: v.CreatedAt, Note: note}
		if b.EndSession(ctx, e) == nil {
			ids = append(ids, old.ID)
		}
	}
	_, err = b.Store.CreateSession(ctx, o)
	return ids, err
}

type newestEnd struct{ limitChecked }

func (b newestEnd) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	return b.create(ctx, o, func(living []auth.Session) []auth.Session {
		slices.Reverse(living)
		return living[o.Most-1:]
	})
}

type oneMore struct{ auth.Store }

func (b oneMore) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	if o.Most > 0 {
		o.Most++
	}
	return b.Store.CreateSession(ctx, o)
}

type evictedUntold struct{ auth.Store }

func (b evictedUntold) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	_, err := b.Store.CreateSession(ctx, o)
	return nil, err
}

type evictedUnnoted struct{ auth.Store }

func (b evictedUnnoted) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	o.Ended = nil
	return b.Store.CreateSession(ctx, o)
}

type neverRefuses struct{ auth.Store }

func (b neverRefuses) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	o.Refuse = false
	return b.Store.CreateSession(ctx, o)
}
