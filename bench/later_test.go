package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestOverloaded(t *testing.T) {
	body := func(retry string) []byte { return []byte(`{"meta":{"code":"OVERLOADED"` + retry + `}}`) }
	tests := map[string]struct {
		answer answer
		want   error
	}{
		"refused":               {answer{503, body(`,"retryAfter":4`)}, later(4 * time.Second)},
		"refused, more follows": {answer{503, body(`,"retryAfter":12,"requestId":"x"`)}, later(12 * time.Second)},
		"let in":                {answer{200, []byte(`{"meta":{"code":"LOGIN_SUCCESS"}}`)}, nil},
		"another 503":           {answer{503, []byte(`{"meta":{"code":"OTP_SEND_FAILED","retryAfter":4}}`)}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := overloaded(tt.answer); !errors.Is(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	for _, retry := range []string{"", `,"retryAfter":0`, `,"retryAfter":"4"`, `,"retryAfter":4.5`} {
		var wait later
		if got := overloaded(answer{503, body(retry)}); got == nil || errors.As(got, &wait) {
			t.Errorf("%q: got %v, want an error that is no time to wait", retry, got)
		}
	}
}

func TestWhoIsRefusedComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now()
		var asked int
		var refused atomic.Int64
		ask := returning(t.Context(), func(*conn) error {
			if asked++; asked < 4 {
				return later(4 * time.Second)
			}
			return nil
		}, at.Add(time.Minute), &refused)
		if err := ask(nil); err != nil {
			t.Fatal(err)
		}
		// Refused at 0 s, 4 s and 8 s.
		if took, want := time.Since(at), 12*time.Second; took != want || refused.Load() != 3 {
			t.Errorf("took %v, %d refusals counted; want %v and 3", took, refused.Load(), want)
		}
	})
}

func TestWhoIsRefusedDoesNotOutstayTheLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := time.Now()
		var refused atomic.Int64
		busy := func(*conn) error { return later(4 * time.Second) }
		if err := returning(t.Context(), busy, at.Add(3*time.Second), &refused)(nil); !errors.Is(err, errSpent) || time.Since(at) != 0 {
			t.Errorf("%v after %v, want %v at once", err, time.Since(at), errSpent)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := returning(ctx, busy, at.Add(time.Hour), &refused)(nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%v when the run is over, want %v", err, context.Canceled)
		}
	})
}

// Only a storm may be refused: else it is an answer that should not have come.
func TestOnlyAPatientLoadTakesARefusal(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"meta":{"code":"OVERLOADED","retryAfter":1}}`)
			return
		}
		fmt.Fprint(w, `{"data":{"accessToken":"x"},"meta":{"code":"LOGIN_SUCCESS"}}`)
	}))
	defer s.Close()
	p := &person{email: "ann@bench.example"}
	l := load{address: s.Listener.Addr().String(), conns: 1, span: time.Minute, step: func(int) step { return p.loggingIn(nil) }}
	var wait later
	if _, err := l.run(t.Context()); !errors.As(err, &wait) {
		t.Errorf("error %v, want the refusal", err)
	}
	asked.Store(0)
	l.patient, l.step = true, func(int) step { return three(p.loggingIn(nil)) }
	got, err := l.run(t.Context())
	if err != nil || got.Refused != 1 || got.Count != 2 {
		t.Errorf("%d logged in, %d refused, %v; want 2 and 1", got.Count, got.Refused, err)
	}
}
