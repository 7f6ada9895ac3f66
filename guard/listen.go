package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const firstHeartbeat = 5 * time.Second // until hello says another

var (
	errFeedRefused = errors.New("the key is refused")
	errFeedBeat    = errors.New("nothing came for two and a half heartbeats")
	errFeedEnded   = errors.New("the stream was ended")
	errFeedOrder   = errors.New("the feed does not begin with hello")
)

// connection is one answer of the feed.
type connection struct {
	feed     *feed
	watch    *time.Timer
	beat     time.Duration
	greeted  bool
	complete bool // ready has come
	swept    time.Time
}

// listen is one connection to the feed, from its start to its end. complete tells whether it came to be live.
func (f *feed) listen(ctx context.Context) (complete bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := &connection{feed: f, beat: firstHeartbeat, swept: f.guard.config.Now()}
	c.watch = time.AfterFunc(c.silence(), func() { cancel(errFeedBeat) })
	defer c.watch.Stop()
	res, err := f.open(ctx)
	if err != nil {
		return false, cause(ctx, err)
	}
	defer res.Body.Close()
	s := newStream(res.Body, c.heard)
	for {
		e, err := s.next()
		if err != nil {
			return c.complete, cause(ctx, err)
		}
		if err := c.take(e); err != nil {
			return c.complete, err
		}
	}
}

// cause is why a connection really ended: a context says so where the transport only says that it was cut.
func cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); why != nil {
		return why
	}
	if errors.Is(err, io.EOF) {
		return errFeedEnded
	}
	return err
}

func (f *feed) open(ctx context.Context) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.guard.config.Feed.URL, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Accept-Encoding", "identity") // who compresses a stream keeps some of it back
	r.Header.Set("Authorization", "Bearer "+f.guard.config.Feed.Key)
	if f.last != "" {
		r.Header.Set("Last-Event-ID", f.last)
	}
	res, err := f.guard.config.Client.Do(r)
	if err != nil {
		return nil, short(err)
	}
	switch {
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden:
		err = fmt.Errorf("%w: status %d; it needs a key (lks_… or lko_…) with the scope revocations:read", errFeedRefused, res.StatusCode)
	case res.StatusCode != http.StatusOK:
		err = fmt.Errorf("the feed answers %d", res.StatusCode)
	case !eventStream(res.Header.Get("Content-Type")):
		err = errors.New("the feed's address answers something else than a stream of events")
	}
	if err != nil {
		res.Body.Close()
		return nil, err
	}
	return res, nil
}

func (c *connection) silence() time.Duration { return c.beat * 5 / 2 }

// heard is called for every line: whoever sends it is there.
func (c *connection) heard() {
	c.watch.Reset(c.silence())
	if !c.complete {
		return
	}
	now := c.feed.guard.config.Now()
	c.feed.heard.Store(&now)
	if now.Sub(c.swept) >= sweepEvery {
		c.swept = now
		c.feed.guard.state.sweep()
	}
}

// take takes one event in. An error ends the connection.
func (c *connection) take(e event) error {
	f := c.feed
	switch {
	case e.name == "hello":
		var h hello
		if err := json.Unmarshal([]byte(e.data), &h); err != nil || h.AccessTokenLife <= 0 {
			return errors.New("the feed's hello cannot be read")
		}
		if h.Heartbeat > 0 && h.Heartbeat <= 60 {
			c.beat = time.Duration(h.Heartbeat) * time.Second
		}
		c.greeted = true
		f.guard.state.greet(h)
		return nil
	case !c.greeted:
		return errFeedOrder
	case e.name == "ready":
		c.complete = true
		f.up()
		return nil
	}
	var n news
	if err := json.Unmarshal([]byte(e.data), &n); err != nil {
		return errors.New("news of the feed cannot be read")
	}
	if n.ID == "" {
		n.ID = e.id
	}
	if err := f.guard.state.apply(n); err != nil {
		f.guard.config.Log.Warn("guard: news not understood", "event", e.name, "error", err.Error())
	}
	if e.id != "" {
		f.last = e.id
	}
	return nil
}
