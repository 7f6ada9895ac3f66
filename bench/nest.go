package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	nestSecret   = "a-secret-of-the-bench-that-is-long-enough" // of servers that live as long as the measure
	nestInFlight = 64                                          // on the one connection that a gateway has
	nestFew      = 2                                           // keep about half of the target's rate going, without a third program to wake up on two cores
	nestTurns    = 3                                           // that each server has, one after the other
)

// measureNest asks the door for NestJS clients about sessions over one
// connection, as a gateway does. Beside it, with the same load in turns: a server
// that only answers to frames, and a NestJS microservice that has the sessions in
// memory.
func (b *bench) measureNest(ctx context.Context) (err error) {
	n := &bench{options: b.options, told: b.told, dir: filepath.Join(b.dir, "nest"), binary: b.binary, sink: b.sink, known: b.known}
	if err := os.Mkdir(n.dir, 0o700); err != nil { //nolint:gosec // our own temporary folder
		return err
	}
	door, err := n.openNestDoor(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, door.stop()) }()
	bare, err := startBareNest(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.stop()) }()
	peers := []*nestPeer{{name: "bare frames", bareServer: bare}, {name: "Nest door", bareServer: door}}
	service, err := n.startNestService(ctx)
	if err == nil {
		defer func() { err = errors.Join(err, service.stop()) }()
		peers = append(peers, &nestPeer{name: "NestJS", bareServer: service})
	} else {
		b.say("nest: no NestJS service to compare with: %v", err)
	}
	asks, err := n.nestAsks()
	if err != nil {
		return err
	}
	if err := b.compareNest(ctx, peers, asks); err != nil {
		return err
	}
	before, err := nestWithin(ctx, n.address)
	if err != nil {
		return err
	}
	if err := b.spaceNest(ctx, peers, asks); err != nil {
		return err
	}
	after, err := nestWithin(ctx, n.address)
	if err != nil {
		return err
	}
	b.add(nestResults(peers)...)
	own := result{Name: "Nest door, half load evenly spaced, in 0.2 ms by its own clock", Conns: 1, Value: after.since(before), Unit: "%", Count: int(after.all - before.all)}
	b.add(own.wantAtLeast(99))
	return nil
}

// openNestDoor starts a Latchkey whose door is open, and makes its people. It
// signs as the NestJS service of old does.
func (b *bench) openNestDoor(ctx context.Context) (*bareServer, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	b.set = append(settings{"AUTH_SERVICE_TCP_PORT=" + strconv.Itoa(port), "JWT_SECRET=" + nestSecret}, b.set...)
	if b.server, b.address, err = b.startLatchkey(ctx, filepath.Join(b.dir, "latchkey.db")); err != nil {
		return nil, err
	}
	if b.people, err = b.signUpMany(ctx, widest); err != nil {
		return nil, errors.Join(err, b.server.stop())
	}
	return &bareServer{process: b.server, address: net.JoinHostPort("127.0.0.1", strconv.Itoa(port))}, nil
}

// nestPeer is a server that is asked, and what came of it.
type nestPeer struct {
	name string
	*bareServer
	full, few, half sample
}

// compareNest measures the servers in turns: as fast as each goes, then with few
// requests under way.
func (b *bench) compareNest(ctx context.Context, peers []*nestPeer, asks []nestAsk) error {
	full, err := b.nestTurns(ctx, peers, nestLoad{asks: asks, inFlight: nestInFlight}, nil)
	if err != nil {
		return err
	}
	few, err := b.nestTurns(ctx, peers, nestLoad{asks: asks, inFlight: nestFew}, nil)
	if err != nil {
		return err
	}
	for i, p := range peers {
		if p.full, p.few = joinTurns(full[i]), joinTurns(few[i]); p.full.Count == 0 {
			return fmt.Errorf("%s: no answer in %s", p.name, b.span)
		}
	}
	return nil
}

// spaceNest measures them at half of the full rate, evenly spaced. The bare
// server's half is the door's: what the door's own load costs without the door.
func (b *bench) spaceNest(ctx context.Context, peers []*nestPeer, asks []nestAsk) error {
	half, err := b.nestTurns(ctx, peers, nestLoad{asks: asks}, func(p *nestPeer) time.Duration {
		if p == peers[0] {
			p = peers[1]
		}
		return time.Duration(2 * float64(time.Second) / p.full.rate())
	})
	for i, p := range peers {
		p.half = joinTurns(half[i])
	}
	return err
}

// nestTurns lets the servers take turns, so that what else happens on the machine
// happens to all of them. Only the first needs the whole warm-up.
func (b *bench) nestTurns(ctx context.Context, peers []*nestPeer, l nestLoad, every func(*nestPeer) time.Duration) ([][]nestTurn, error) {
	all := make([][]nestTurn, len(peers))
	for n := range nestTurns {
		for i, p := range peers {
			l.peer, l.warm, l.span = p.bareServer, b.warm/time.Duration(n+1), b.span/nestTurns
			if every != nil {
				l.every = every(p)
			}
			turn, err := l.run(ctx)
			if err != nil {
				return all, fmt.Errorf("%s: %w", p.name, err)
			}
			all[i] = append(all[i], turn)
		}
	}
	return all, nil
}

// nestResults are the lines of the table: the bare server's, the door's and,
// where there is one, the NestJS service's.
func nestResults(peers []*nestPeer) []result {
	var all []result
	for _, p := range peers {
		full := rate(p.name+", session checks, 64 in flight", p.full).comment(fmt.Sprintf("cores busy: server %s, generator %s", number(p.full.Server), number(p.full.Generator)))
		slow := duration(p.name+", the same, 99th", 1, p.full.P99)
		core := result{Name: p.name + ", per core of the server", Conns: 1, Value: perCore(p.full), Unit: "/s"}
		few := duration(p.name+", 2 in flight, 99th", 1, p.few.P99).comment(fmt.Sprintf("median %s, at %s/s", latency(p.few.P50), number(p.few.rate())))
		half := duration(p.name+", half load evenly spaced, 99th", 1, p.half.P99).comment(fmt.Sprintf("median %s, at %s/s", latency(p.half.P50), number(p.half.rate())))
		switch p {
		case peers[0]:
			half.Name = p.name + ", half load of the door evenly spaced, 99th"
		case peers[1]:
			full = full.over(peers[0].name, peers[0].full.rate()).wantAtLeast(30_000)
			slow, few = slow.wantAtMost(3), few.over(peers[0].name, milliseconds(peers[0].few.P99)).wantAtMost(0.2)
			half = half.over(peers[0].name, milliseconds(peers[0].half.P99))
			if len(peers) > 2 {
				core = core.over(peers[2].name, perCore(peers[2].full))
			} else {
				core = core.comment("no NestJS service to compare with")
			}
		default:
			full = full.over(peers[0].name, peers[0].full.rate())
		}
		all = append(all, full, slow, core, few, half)
	}
	return all
}

// perCore is how many answers a core of the server makes in a second; 0 where
// CPU time is not known.
func perCore(s sample) float64 {
	if s.CPU <= 0 {
		return 0
	}
	return float64(time.Second) / float64(s.CPU)
}
