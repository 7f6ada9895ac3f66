package storetest_test

import (
	"context"
	"errors"
	"sync"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenDevices() []broken {
	return []broken{
		{"device not remembered", func(s auth.Store) auth.Store { return deviceDropped{s} }, []string{"Sessions/DevicesAreRemembered"}},
		{"a known device taken at its word", func(s auth.Store) auth.Store { return wordTaken{s} }, []string{"Sessions/AForgottenDeviceIsNotKnown"}},
		{"device of everybody", func(s auth.Store) auth.Store { return &deviceShared{Store: s} }, []string{"Sessions/DevicesAreApart"}},
		{"generation of the last login", func(s auth.Store) auth.Store { return &generationSet{Store: s} },
			[]string{"Sessions/DevicesAreRemembered", "Sessions/AGenerationNeverFalls"}},
		{"generation read, then raised", func(s auth.Store) auth.Store { return &generationRead{generationSet{Store: s}} }, []string{"Sessions/AGenerationNeverFalls"}},
		{"ending forgets nothing", func(s auth.Store) auth.Store { return forgetsNothing{s} }, []string{
			"Sessions/EndingForgetsTheDevice", "Sessions/EndingAllForgetsDevices", "Sessions/DevicesAreApart",
		}},
		{"every ending forgets", func(s auth.Store) auth.Store { return forgetsAlways{s} },
			[]string{"Sessions/EndingForgetsTheDevice", "Sessions/EndingAllForgetsDevices"}},
		{"only devices with living sessions forgotten", func(s auth.Store) auth.Store { return forgetsLiving{s} }, []string{"Sessions/EndingAllForgetsDevices"}},
		{"the kept one's device forgotten", func(s auth.Store) auth.Store { return keptForgotten{s} }, []string{"Sessions/EndingAllForgetsDevices"}},
	}
}

// wordTaken lets in who says that the device is known.
type wordTaken struct{ auth.Store }

func (b wordTaken) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	v := o.Session
	if _, err := b.Device(ctx, v.Directory, v.User, v.Device); v.Known && errors.Is(err, auth.ErrNoRecord) {
		o.Session.Known = false
	}
	return b.Store.CreateSession(ctx, o)
}

type deviceDropped struct{ auth.Store }

func (b deviceDropped) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	o.Session.Device = ""
	return b.Store.CreateSession(ctx, o)
}

// deviceShared finds a device whoever asks.
type deviceShared struct {
	auth.Store
	devices sync.Map // by id
}

func (b *deviceShared) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	b.devices.Store(o.Session.Device, [2]string{o.Session.Directory, o.Session.User})
	return b.Store.CreateSession(ctx, o)
}

func (b *deviceShared) Device(ctx context.Context, directory, user, id string) (auth.Device, error) {
	if of, ok := b.devices.Load(id); ok {
		directory, user = of.([2]string)[0], of.([2]string)[1]
	}
	return b.Store.Device(ctx, directory, user, id)
}

// generationSet keeps the generation that came last.
type generationSet struct {
	auth.Store
	last sync.Map
}

func (b *generationSet) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	b.last.Store([2]string{o.Session.User, o.Session.Device}, o.Generation)
	return b.Store.CreateSession(ctx, o)
}

func (b *generationSet) Device(ctx context.Context, directory, user, id string) (auth.Device, error) {
	d, err := b.Store.Device(ctx, directory, user, id)
	if n, ok := b.last.Load([2]string{user, id}); ok && err == nil {
		d.Generation = n.(int64)
	}
	return d, err
}

// generationRead keeps the higher one of what it read and what it is given.
type generationRead struct{ generationSet }

func (b *generationRead) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	d, err := b.Device(ctx, o.Session.Directory, o.Session.User, o.Session.Device)
	if err != nil && !errors.Is(err, auth.ErrNoRecord) {
		return nil, err
	}
	pause()
	o.Generation = max(o.Generation, d.Generation)
	return b.generationSet.CreateSession(ctx, o)
}

type forgetsNothing struct{ auth.Store }

func (b forgetsNothing) EndSession(ctx context.Context, e auth.Ending) error {
	e.Forget = false
	return b.Store.EndSession(ctx, e)
}

func (b forgetsNothing) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	e.Forget = false
	return b.Store.EndSessions(ctx, e)
}

type forgetsAlways struct{ auth.Store }

func (b forgetsAlways) EndSession(ctx context.Context, e auth.Ending) error {
	e.Forget = true
	return b.Store.EndSession(ctx, e)
}

func (b forgetsAlways) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	e.Forget = true
	return b.Store.Secure(ctx, e, change)
}

// forgetsLiving forgets the devices of the sessions that it ends.
type forgetsLiving struct{ auth.Store }

func (b forgetsLiving) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	living, err := b.LivingSessions(ctx, e.Directory, e.User, e.At)
	if err != nil {
		return nil, err
	}
	var ids []string
	note := e.Note
	for _, v := range living {
		if v.ID == e.Session {
			continue
		}
		one := e
		one.Session, one.Note = v.ID, auth.Note{}
		if err := b.EndSession(ctx, one); err != nil {
			return ids, err
		}
		ids = append(ids, v.ID)
	}
	return ids, b.Write(ctx, note)
}

type keptForgotten struct{ auth.Store }

func (b keptForgotten) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	u, ids, err := b.Store.Secure(ctx, e, change)
	if err != nil || !e.Forget || e.Session == "" {
		return u, ids, err
	}
	v, err := b.Session(ctx, e.Directory, e.Session)
	if err != nil {
		return u, ids, err
	}
	again := e
	again.Note = auth.Note{}
	if err := b.EndSession(ctx, again); err != nil {
		return u, ids, err
	}
	v.Device = "another"
	return u, ids, put(ctx, b.Store, v)
}
