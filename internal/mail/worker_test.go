package mail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

func stats(t *testing.T, w *Worker, want ...uint64) {
	t.Helper()
	sent, failed, buried := w.Stats()
	if diff := cmp.Diff(want, []uint64{sent, failed, buried}); diff != "" {
		t.Errorf("sent, failed, buried (-want +got):\n%s", diff)
	}
}

// The server stands outside the bubble, so that time in it stands still while
// the two talk.
func TestOutboxOverSMTP(t *testing.T) {
	server := &sink{answer: func(command string, try int) error {
		switch {
		case command == "RCPT" && try <= 2:
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted " + canary + ", come back"}
		case command == "DATA" && try == 2:
			return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "minji.kim@example.com has " + canary}
		}
		return nil
	}}
	client := server.start(t)
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		w := o.worker(client)
		stop := run(t, w)
		time.Sleep(time.Minute)
		o.waiting(t, 0, 0)
		stats(t, w, 1, 2, 0)

		second := auth.Mail{ID: "second", User: "u", Kind: auth.MessageLoginCode, CreatedAt: time.Now()}
		if err := o.Write(t.Context(), auth.Note{Mails: []auth.Mail{second}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop()
		o.waiting(t, 0, 1)
		stats(t, w, 1, 3, 1)
		quiet(t, o)
	})
	if got := server.letters(); len(got) != 1 || !strings.Contains(string(got[0].raw), "mail-00@latchkey.example") {
		t.Errorf("got %d letters, want the first alone", len(got))
	}
}

// quiet checks that nobody who reads logs or the database sees a code or an
// address.
func quiet(t *testing.T, o *office) {
	t.Helper()
	if len(o.problems) == 0 || !strings.Contains(o.logs.String(), `"user":"u`) {
		t.Error("no problem was stored or logged")
	}
	for _, text := range append(o.problems, o.logs.String()) {
		for _, secret := range []string{canary, "minji", "Minji", "@"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is in %s", secret, text)
			}
		}
	}
}

func TestRetriesGoOnForADayThenEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		c := &carrier{answer: func(context.Context, Letter, int) error { return errors.New("451 later") }}
		w := o.worker(c)
		stop := run(t, w)
		time.Sleep(30 * time.Hour)
		stop()
		o.waiting(t, 0, 1)
		stats(t, w, 0, maxAttempts, 1)
		if len(c.at) != maxAttempts {
			t.Fatalf("got %d tries, want %d", len(c.at), maxAttempts)
		}
		for i := range len(c.at) - 1 {
			gap, whole := c.at[i+1].Sub(c.at[i]), min(firstWait<<min(i, 20), longestWait)
			if gap <= whole*9/10 || gap > whole+poll {
				t.Errorf("after try %d: got %v, want about %v", i+1, gap, whole)
			}
		}
		if took := c.at[len(c.at)-1].Sub(c.at[0]); took < 20*time.Hour || took > 24*time.Hour {
			t.Errorf("the last try came after %v, want about a day", took)
		}
	})
}

func TestWhatEndsAMail(t *testing.T) {
	broken := errors.New("database unavailable")
	cases := []struct {
		name         string
		resolve      error
		deliver      error
		queued, dead int
	}{
		{"refused", nil, fmt.Errorf("550: %w", ErrRefused), 0, 1},
		{"user gone", fmt.Errorf("user: %w", auth.ErrNoRecord), nil, 0, 1},
		{"database away", broken, nil, 1, 0},
		{"server away", nil, broken, 1, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, 1)
				w := o.worker(&carrier{answer: func(context.Context, Letter, int) error { return c.deliver }})
				w.Resolve = func(ctx context.Context, m auth.Mail) (auth.Message, error) {
					if c.resolve != nil {
						return auth.Message{}, c.resolve
					}
					return resolve(ctx, m)
				}
				stop := run(t, w)
				synctest.Wait()
				stop()
				o.waiting(t, c.queued, c.dead)
				stats(t, w, 0, 1, uint64(c.dead))
				if len(o.problems) != 1 {
					t.Errorf("got problems %q, want one", o.problems)
				}
			})
		})
	}
}

func TestTwoWorkersSendEachMailOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const mails = 50
		o := newOffice(t, mails)
		var busy, most atomic.Int32
		c := &carrier{answer: func(context.Context, Letter, int) error {
			most.Store(max(most.Load(), busy.Add(1)))
			time.Sleep(time.Second)
			busy.Add(-1)
			return nil
		}}
		stopA, stopB := run(t, o.worker(c)), run(t, o.worker(c))
		time.Sleep(time.Hour)
		stopA()
		stopB()
		o.waiting(t, 0, 0)
		got := slices.Sorted(slices.Values(c.letters()))
		if len(got) != mails || len(slices.Compact(got)) != mails {
			t.Errorf("got %d deliveries of %d mails, want %d of each", len(c.letters()), len(slices.Compact(got)), mails)
		}
		if most.Load() != 2*parallel {
			t.Errorf("got %d deliveries at once, want %d for each worker", most.Load(), parallel)
		}
	})
}

func TestWorkerWakesAndLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 0)
		c := &carrier{}
		w := o.worker(c)
		stop := run(t, w)
		defer stop()
		time.Sleep(time.Second)
		put := func(id string) {
			m := auth.Mail{ID: id, Kind: auth.MessageWelcome, CreatedAt: time.Now()}
			if err := o.Write(t.Context(), auth.Note{Mails: []auth.Mail{m}}); err != nil {
				t.Fatal(err)
			}
		}
		put("woken")
		w.Wake()
		synctest.Wait()
		if len(c.letters()) != 1 {
			t.Errorf("got %q after waking, want the mail sent", c.letters())
		}
		put("found")
		time.Sleep(poll)
		synctest.Wait()
		if len(c.letters()) != 2 {
			t.Errorf("got %q after a while, want the mail found", c.letters())
		}
	})
}

func TestWakeNeverBlocks(t *testing.T) {
	w := newOffice(t, 0).worker(&carrier{}) // nobody listens
	for range 3 {
		w.Wake()
	}
}

func TestWhatIsBeingSentIsFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 6)
		c := &carrier{answer: func(context.Context, Letter, int) error {
			time.Sleep(drainLimit - time.Second)
			return nil
		}}
		stop := run(t, o.worker(c))
		synctest.Wait()
		stop()
		o.waiting(t, 6-parallel, 0)
		if len(c.letters()) != parallel {
			t.Errorf("got %d sent, want the %d that had begun and no other", len(c.letters()), parallel)
		}
	})
}

func TestARestartLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 6)
		hang := &carrier{answer: func(ctx context.Context, _ Letter, _ int) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		stop := run(t, o.worker(hang))
		synctest.Wait()
		began := time.Now()
		stop()
		if took := time.Since(began); took != drainLimit {
			t.Errorf("got the end after %v, want %v", took, drainLimit)
		}
		o.waiting(t, 6, 0)

		c := &carrier{}
		stop = run(t, o.worker(c))
		time.Sleep(time.Minute)
		stop()
		o.waiting(t, 0, 0)
		if len(c.letters()) != 6 {
			t.Errorf("got %d sent after the restart, want 6", len(c.letters()))
		}
	})
}

func TestAnUnmarkedMailComesAgainUnderTheSameName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		var marks atomic.Int32
		o.Fail = func(method string) error {
			if method == "Sent" && marks.Add(1) == 1 {
				return auth.ErrUnavailable
			}
			return nil
		}
		c := &carrier{}
		stop := run(t, o.worker(c))
		time.Sleep(leaseTime - time.Second)
		synctest.Wait()
		if len(c.letters()) != 1 {
			t.Errorf("got %q during the lease, want one delivery", c.letters())
		}
		time.Sleep(time.Minute)
		stop()
		o.waiting(t, 0, 0)
		if len(c.letters()) != 2 || c.letters()[0] != c.letters()[1] {
			t.Errorf("got %q, want two deliveries with one Message-ID", c.letters())
		}
		if !strings.Contains(o.logs.String(), "it may be sent twice") {
			t.Error("the log does not say that it may be sent twice")
		}
	})
}

func TestAnOutboxThatIsAwayIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		var away atomic.Bool
		away.Store(true)
		o.Fail = func(method string) error {
			if method == "Lease" && away.Load() {
				return auth.ErrUnavailable
			}
			return nil
		}
		c := &carrier{}
		stop := run(t, o.worker(c))
		time.Sleep(time.Minute)
		away.Store(false)
		time.Sleep(time.Minute)
		stop()
		if len(c.letters()) != 1 {
			t.Errorf("got %q, want the mail sent when the outbox was back", c.letters())
		}
		for _, line := range []string{"outbox cannot be read", "outbox can be read again"} {
			if got := strings.Count(o.logs.String(), line); got != 1 {
				t.Errorf("got %q %d times in the log, want once", line, got)
			}
		}
	})
}

// A transport that hangs for ever must not outlive the lease.
func TestADeliveryEndsBeforeItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1)
		c := &carrier{answer: func(ctx context.Context, _ Letter, try int) error {
			if try > 1 {
				return nil
			}
			began := time.Now()
			<-ctx.Done()
			if took := time.Since(began); took+marking >= leaseTime {
				t.Errorf("got it ended after %v, want well before the lease of %v", took, leaseTime)
			}
			return ctx.Err()
		}}
		stop := run(t, o.worker(c))
		time.Sleep(time.Hour)
		stop()
		o.waiting(t, 0, 0)
	})
}

func TestSend(t *testing.T) {
	o := newOffice(t, 0)
	server := &sink{}
	w := o.worker(server.start(t))
	if err := w.Send(t.Context(), codeMessage()); err != nil {
		t.Fatal(err)
	}
	bad := codeMessage()
	bad.Email = "nobody"
	if err := w.Send(t.Context(), bad); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v, want %v", err, ErrRefused)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err := w.Send(ended, codeMessage())
	if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	stats(t, w, 1, 2, 0)
	if len(server.letters()) != 1 {
		t.Errorf("got %d letters, want 1", len(server.letters()))
	}
}
