package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const testAnswer = `{"data":true,"meta":{"status":"success","code":"ACCESS_TOKEN_VALID"}}`

// bareForTest is the bare server in this process.
func bareForTest(t *testing.T) string {
	t.Helper()
	mux, err := bareMux([]byte(testAnswer))
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// three is a step that asks three times in all, whoever asks.
func three(ask step) step {
	var asked atomic.Int64
	return func(c *conn) error {
		if asked.Add(1) > 3 {
			return errSpent
		}
		return ask(c)
	}
}

func TestLoadCountsEachAnswer(t *testing.T) {
	ask := three(always(get(barePath, ""), http.StatusOK, codeValid))
	s, err := load{address: bareForTest(t), conns: 2, span: time.Minute, step: func(int) step { return ask }}.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Count != 3 || s.Conns != 2 || s.P50 <= 0 || s.Max < s.P99 || s.rate() <= 0 {
		t.Errorf("got %+v, want 3 answers on 2 connections", s)
	}
}

func TestLoadDoesNotCountTheWarmUp(t *testing.T) {
	ask := three(always(get(barePath, ""), http.StatusOK, codeValid))
	s, err := load{address: bareForTest(t), conns: 1, warm: time.Minute, span: time.Minute, step: func(int) step { return ask }}.run(t.Context())
	if err != nil || s.Count != 0 {
		t.Errorf("got %d answers, %v; want none", s.Count, err)
	}
}

func TestLoadFailsOnAWrongAnswer(t *testing.T) {
	address := bareForTest(t)
	l := load{address: address, conns: 4, span: time.Minute, step: func(i int) step {
		if i == 3 {
			return always(get(barePath, ""), http.StatusOK, codeLogin)
		}
		return always(get(barePath, ""), http.StatusOK, codeValid)
	}}
	_, err := l.run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "ACCESS_TOKEN_VALID") {
		t.Errorf("error %v, want one that names the code that came", err)
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	stuck := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stuck }))
	defer s.Close()
	defer close(stuck)
	ctx, cancel := context.WithCancelCause(t.Context())
	over := errors.New("over")
	// Without an end of its own within the life of this test.
	l := load{address: s.Listener.Addr().String(), conns: 2, span: 24 * time.Hour, step: func(int) step {
		return func(c *conn) error {
			cancel(over)
			return always(get("/", ""), http.StatusOK, "")(c)
		}
	}}
	if _, err := l.run(ctx); !errors.Is(err, over) {
		t.Errorf("error %v, want %v", err, over)
	}
}

func TestBareVerifierVerifies(t *testing.T) {
	b := &bench{bare: &bareServer{address: bareForTest(t)}}
	for _, name := range []string{"ES256", "HS256"} {
		ask, err := b.askBare(verifyPath + name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := dial(b.bare.address, time.Now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		if err := always(ask, http.StatusOK, codeValid)(c); err != nil {
			t.Errorf("%s, its own token: %v", name, err)
		}
		_, token, _ := strings.Cut(string(ask), "Bearer ")
		token, _, _ = strings.Cut(token, "\r\n")
		if err := always(get(verifyPath+name, forge(token)), http.StatusUnauthorized, "")(c); err != nil {
			t.Errorf("%s, forged: %v", name, err)
		}
	}
}
