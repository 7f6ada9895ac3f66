package guard

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// readyEvery is how often Ready looks for keys.
const readyEvery = 200 * time.Millisecond

func (g *Guard) await(ctx context.Context) error {
	for {
		err := g.source.ready(ctx)
		size, problem := g.source.count()
		if err == nil && size > 0 {
			break
		}
		if err == nil {
			return fmt.Errorf("guard: not ready: %w", problem)
		}
		select {
		case <-time.After(readyEvery):
		case <-ctx.Done():
			return fmt.Errorf("guard: not ready: %w", errors.Join(problem, ctx.Err()))
		case <-g.ctx.Done():
			return errors.New("guard: closed")
		}
	}
	if g.feed == nil || closed(g.feed.first) {
		return nil
	}
	select {
	case <-g.feed.first:
		return nil
	case <-g.feed.wrong():
		_, problem := g.feed.status()
		return fmt.Errorf("guard: not ready: %w", problem)
	case <-ctx.Done():
		_, problem := g.feed.status()
		return fmt.Errorf("guard: not ready: the feed has not told all: %w", errors.Join(problem, ctx.Err()))
	case <-g.ctx.Done():
		return errors.New("guard: closed")
	}
}

func (g *Guard) report() Status {
	size, problem := g.source.count()
	s := Status{Since: g.started, Heard: g.started, Keys: size}
	if problem != nil {
		s.Problem = "keys: " + problem.Error()
	}
	if g.feed == nil {
		return s
	}
	var silent error
	s.Since, silent = g.feed.status()
	s.Live, s.Heard = g.feed.live.Load(), *g.feed.heard.Load()
	if silent != nil {
		if s.Problem != "" {
			s.Problem += "; "
		}
		s.Problem += "feed: " + silent.Error()
	}
	return s
}
