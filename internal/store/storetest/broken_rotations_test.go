package storetest_test

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenRotations() []broken {
	return []broken{
		{"rotation checked, then done", func(s auth.Store) auth.Store { return rotationChecked{s} }, []string{
			"Sessions/OneRotationWins", "Sessions/OneReuseIsNoted", "Sessions/EndBeatsRotation",
			"Sessions/RotationsMakeOneChain", "Sessions/RotationIsLinearizable",
		}},
		{"ended session rotates", func(s auth.Store) auth.Store { return endedRotates{s} },
			[]string{"Sessions/EndedStaysEnded", "Sessions/RotationIsLinearizable"}},
		{"place of the rotation dropped", func(s auth.Store) auth.Store { return placeDropped{s} }, []string{"Sessions/RotationMovesOn"}},
		{"grace never ends", func(s auth.Store) auth.Store { return graceForever{s} },
			[]string{"Sessions/RotationSaysWhatItDid", "Sessions/RotationFollowsItsModel"}},
		{"grace is inclusive", func(s auth.Store) auth.Store { return graceInclusive{s} },
			[]string{"Sessions/RotationSaysWhatItDid", "Sessions/RotationFollowsItsModel"}},
		{"clock backwards is reuse", func(s auth.Store) auth.Store { return backwardsIsReuse{s} },
			[]string{"Sessions/RotationSaysWhatItDid", "Sessions/RotationFollowsItsModel"}},
		{"expired before ended", func(s auth.Store) auth.Store { return expiredFirst{s} }, []string{"Sessions/EndedStaysEnded"}},
		{"idle end not capped", func(s auth.Store) auth.Store { return notCapped{s} },
			[]string{"Sessions/IdleEndIsCapped", "Sessions/RotationFollowsItsModel"}},
		{"reuse does not end", func(s auth.Store) auth.Store { return reuseLives{s} },
			[]string{"Sessions/ReuseEndsTheSession", "Sessions/OneReuseIsNoted"}},
		{"reuse ends all sessions of the user", func(s auth.Store) auth.Store { return reuseEndsAll{s} }, []string{"Sessions/ReuseEndsTheSession"}},
		{"reuse is noted again", func(s auth.Store) auth.Store { return reuseNotedAgain{s} },
			[]string{"Sessions/ReuseEndsTheSession", "Sessions/OneReuseIsNoted"}},
		{"device of a reuse remembered", func(s auth.Store) auth.Store { return reuseRemembers{s} }, []string{"Sessions/ReuseForgetsTheDevice"}},
	}
}

// rotationChecked reads, decides and writes, as three steps.
type rotationChecked struct{ auth.Store }

func (b rotationChecked) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	v, err := b.Session(ctx, r.Directory, r.Session)
	if err != nil {
		return auth.RotationResult{}, err
	}
	pause()
	switch {
	case v.Ended():
		return auth.RotationResult{Outcome: auth.Ended, Session: v}, nil
	case r.Counter == v.Counter:
		v.Counter++
		v.RotatedAt, v.LastSeen, v.IdleUntil = r.Now, r.Now, r.IdleUntil
		return auth.RotationResult{Outcome: auth.Rotated, Session: v}, put(ctx, b.Store, v)
	case r.Counter == v.Counter-1 && r.Now.Sub(v.RotatedAt) < r.Grace:
		return auth.RotationResult{Outcome: auth.Repeated, Session: v}, nil
	}
	v.EndedAt, v.EndReason = r.Now, auth.EndReuse
	if err := put(ctx, b.Store, v); err != nil {
		return auth.RotationResult{}, err
	}
	return auth.RotationResult{Outcome: auth.Reused, Session: v}, b.Write(ctx, r.Reused(v))
}

type endedRotates struct{ auth.Store }

func (b endedRotates) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	got, err := b.Store.Rotate(ctx, r)
	if err != nil || got.Outcome != auth.Ended {
		return got, err
	}
	v := got.Session
	v.EndedAt, v.EndReason = time.Time{}, ""
	if err := put(ctx, b.Store, v); err != nil {
		return got, err
	}
	return b.Store.Rotate(ctx, r)
}

type placeDropped struct{ auth.Store }

func (b placeDropped) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	r.IP = ""
	return b.Store.Rotate(ctx, r)
}

type graceForever struct{ auth.Store }

func (b graceForever) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	r.Grace = 1000 * time.Hour
	return b.Store.Rotate(ctx, r)
}

type graceInclusive struct{ auth.Store }

func (b graceInclusive) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	r.Grace++
	return b.Store.Rotate(ctx, r)
}

type backwardsIsReuse struct{ auth.Store }

func (b backwardsIsReuse) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	v, err := b.Session(ctx, r.Directory, r.Session)
	if err == nil && r.Counter < v.Counter && r.Now.Before(v.RotatedAt) {
		r.Counter = -1
	}
	return b.Store.Rotate(ctx, r)
}

type expiredFirst struct{ auth.Store }

func (b expiredFirst) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	got, err := b.Store.Rotate(ctx, r)
	if got.Outcome == auth.Ended && got.Session.Expired(r.Now) {
		got.Outcome = auth.Expired
	}
	return got, err
}

type notCapped struct{ auth.Store }

func (b notCapped) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	got, err := b.Store.Rotate(ctx, r)
	if got.Outcome == auth.Rotated {
		got.Session.IdleUntil = r.IdleUntil
	}
	return got, err
}

type reuseLives struct{ auth.Store }

func (b reuseLives) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	got, err := b.Store.Rotate(ctx, r)
	if err != nil || got.Outcome != auth.Reused {
		return got, err
	}
	v := got.Session
	v.EndedAt, v.EndReason = time.Time{}, ""
	return got, put(ctx, b.Store, v)
}

type reuseEndsAll struct{ auth.Store }

func (b reuseEndsAll) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	got, err := b.Store.Rotate(ctx, r)
	if err != nil || got.Outcome != auth.Reused {
		return got, err
	}
	_, err = b.EndSessions(ctx, auth.Ending{Directory: r.Directory, User: got.Session.User, Reason: auth.EndReuse, At: r.Now})
	return got, err
}

type reuseNotedAgain struct{ auth.Store }

func (b reuseNotedAgain) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	got, err := b.Store.Rotate(ctx, r)
	if err != nil || got.Outcome != auth.Ended || r.Counter >= got.Session.Counter-1 {
		return got, err
	}
	return got, b.Write(ctx, r.Reused(got.Session))
}

type reuseRemembers struct{ auth.Store }

func (b reuseRemembers) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	got, err := b.Store.Rotate(ctx, r)
	if err != nil || got.Outcome != auth.Reused {
		return got, err
	}
	return got, put(ctx, b.Store, got.Session)
}
