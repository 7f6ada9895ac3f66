package guardtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// listener is one connection to the feed.
type listener struct {
	stirred chan struct{} // there is something to tell
	cut     context.CancelFunc
	ack     *ack // nil for a client that is not ours
	next    int  // what it is told next
	written int  // bytes
}

func (l *listener) wake() {
	select {
	case l.stirred <- struct{}{}:
	default:
	}
}

// serveFeed is GET /auth/revocations.
func (s *Server) serveFeed(w http.ResponseWriter, r *http.Request) {
	if !s.mayListen(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")) {
		http.Error(w, "this key may not listen", http.StatusForbidden)
		return
	}
	ctx, cut := context.WithCancel(r.Context())
	defer cut()
	l := &listener{stirred: make(chan struct{}, 1), cut: cut}
	s.mu.Lock()
	l.ack = s.acks[r.Header.Get(ackHeader)]
	for i, n := range s.told {
		if n.ID == r.Header.Get("Last-Event-ID") {
			l.next = i + 1
		}
	}
	s.listeners[l] = true
	s.mu.Unlock()
	defer s.leave(l)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	err := s.send(w, l, fmt.Sprintf("event: hello\ndata: {\"accessTokenLife\":%d,\"heartbeat\":%d,\"resumed\":%t}\n\n", Life/time.Second, heartbeat, l.next > 0))
	if err == nil {
		err = s.recite(w, l)
	}
	if err == nil {
		err = s.send(w, l, "event: ready\ndata: {}\n\n")
	}
	beat := time.NewTicker(heartbeat * time.Second)
	defer beat.Stop()
	for err == nil {
		select {
		case <-ctx.Done():
			panic(http.ErrAbortHandler) // cut, not ended
		case <-l.stirred:
			err = s.recite(w, l)
		case <-beat.C:
			err = s.send(w, l, ":\n\n")
		}
	}
}

func (s *Server) mayListen(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key == s.feedKey {
		return true
	}
	for _, scope := range s.services[key].Permissions {
		if scope == "revocations:read" {
			return !s.revoked[s.services[key].KeyID]
		}
	}
	return false
}

// recite tells a listener what it has not been told.
func (s *Server) recite(w http.ResponseWriter, l *listener) error {
	s.mu.Lock()
	fresh := s.told[l.next:]
	s.mu.Unlock()
	for _, n := range fresh {
		body, err := json.Marshal(n)
		if err != nil {
			return err
		}
		if err := s.send(w, l, "id: "+n.ID+"\nevent: "+n.Event+"\ndata: "+string(body)+"\n\n"); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l.next += len(fresh)
	s.moved.Broadcast()
	return nil
}

func (s *Server) send(w http.ResponseWriter, l *listener, text string) error {
	s.mu.Lock()
	l.written += len(text)
	s.mu.Unlock()
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}

func (s *Server) leave(l *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
	s.moved.Broadcast()
}

// heard waits until every listener whose end we see has taken in everything told so far. s.mu is held.
func (s *Server) heard() {
	told := len(s.told)
	for {
		behind := false
		for l := range s.listeners {
			behind = behind || l.ack != nil && !l.ack.over && (l.next < told || l.ack.read < l.written)
		}
		if !behind {
			return
		}
		s.moved.Wait()
	}
}
