package auth_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestOneOfManyRightCodesWins: and those who come second are not counted as
// failures.
func TestOneOfManyRightCodesWins(t *testing.T) {
	w, id, c := challenged(t)
	by, code := w.anyone(t, coded), w.mail.code(t)
	var all sync.WaitGroup
	errs := make([]error, 32)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.Verify(t.Context(), by, auth.VerifyInput{LoginID: c.LoginID, OTP: code}) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, "the others", err, auth.ErrOTPGone)
	}
	if won != 1 || len(w.living(t, id)) != 1 {
		t.Errorf("got %d winners and %d sessions, want one", won, len(w.living(t, id)))
	}
	if n := w.failures(t, id); n != 0 {
		t.Errorf("got %d failures, want none", n)
	}
}

// TestWhoWasNotComparedIsNotCounted: of 32 callers who stand at the store at
// once with the right code, those past the budget of twenty are sent away, and
// leave nothing behind that shuts the account out.
func TestWhoWasNotComparedIsNotCounted(t *testing.T) { synctest.Test(t, whoWasNotCompared) }

func whoWasNotCompared(t *testing.T) {
	w, id, c := challenged(t)
	by, code := w.anyone(t, coded), w.mail.code(t)
	answers, gate := make(chan error, 32), make(chan struct{})
	defer w.store.breaks(func(method string) error {
		if method == "Attempt" {
			<-gate
		}
		return nil
	}, nil)()
	for range cap(answers) {
		go func() {
			_, err := w.Verify(t.Context(), by, auth.VerifyInput{LoginID: c.LoginID, OTP: code})
			answers <- err
		}()
	}
	synctest.Wait()
	if n := cap(answers) - len(answers); n != auth.CodeFailures {
		t.Errorf("%d callers stand at the store, want %d", n, auth.CodeFailures)
	}
	for range len(answers) {
		refused(t, "past the budget", <-answers, auth.ErrOTPGone)
	}
	close(gate)
	synctest.Wait()
	won := 0
	for range len(answers) {
		if <-answers == nil {
			won++
		}
	}
	if won != 1 || w.failures(t, id) != 0 {
		t.Errorf("got %d winners and %d failures, want one and none", won, w.failures(t, id))
	}
}

// TestManyWrongCodesAtOnceStayInTheBudget: no more than five are compared.
func TestManyWrongCodesAtOnceStayInTheBudget(t *testing.T) {
	w, id, c := challenged(t)
	by, code := w.anyone(t, coded), w.mail.code(t)
	var all sync.WaitGroup
	errs := make([]error, 32)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.Verify(t.Context(), by, auth.VerifyInput{LoginID: c.LoginID, OTP: other(code)}) })
	}
	all.Wait()
	compared := 0
	for _, err := range errs {
		if errors.Is(err, auth.ErrOTPWrong) {
			compared++
			continue
		}
		refused(t, "the others", err, auth.ErrOTPGone)
	}
	if compared > auth.CodeTries || w.failures(t, id) != compared {
		t.Errorf("compared %d codes and counted %d", compared, w.failures(t, id))
	}
}

// TestCodeMailsAreLimited: five an hour for an account, by logins and resends
// together, and the answer says when to come back.
func TestCodeMailsAreLimited(t *testing.T) {
	w, _, c := challenged(t)
	for range 2 {
		w.clock.advance(time.Minute)
		_, err := w.Resend(t.Context(), w.anyone(t, coded), auth.ResendInput{LoginID: c.LoginID})
		must(t, err)
	}
	for range auth.CodeMails - 3 {
		c = w.challenge(t)
	}
	w.clock.advance(1500 * time.Millisecond)
	const left = 3600 - 120 - 1 // whole seconds, rounded up
	_, err := w.ask(t)
	refused(t, "the sixth by login", err, auth.ErrRateLimited)
	if got := meta(err).RetryAfter; got != left {
		t.Errorf("retry after %d s, want %d", got, left)
	}
	_, err = w.Resend(t.Context(), w.anyone(t, coded), auth.ResendInput{LoginID: c.LoginID})
	refused(t, "the sixth by resend", err, auth.ErrRateLimited)
	if n := len(w.mail.codes()); n != auth.CodeMails {
		t.Errorf("got %d mails, want %d", n, auth.CodeMails)
	}
	if _, err := w.show(t, c, w.mail.code(t)); err != nil {
		t.Errorf("the last code: got error %v", err)
	}
	w.clock.advance((left - 1) * time.Second)
	_, err = w.ask(t)
	refused(t, "a moment before the hour is over", err, auth.ErrRateLimited)
	w.clock.advance(time.Second)
	w.challenge(t)
}

func TestCodeMailsWithoutLimit(t *testing.T) {
	w, _ := joined(t, func(s *auth.Service) { s.Unlimited = true })
	for range 2 * auth.CodeMails {
		w.challenge(t)
	}
}

// TestTwentyWrongCodesADay: over all challenges, whatever is mailed anew, and
// Unlimited does not lift it (NIST SP 800-63B-4 §3.2.2).
func TestTwentyWrongCodesADay(t *testing.T) {
	w, id := joined(t, func(s *auth.Service) { s.Unlimited = true })
	began := w.clock.Now()
	for n := 0; n < auth.CodeFailures-1; {
		c := w.challenge(t)
		for range auth.CodeTries {
			if n++; n == auth.CodeFailures {
				break
			}
			_, err := w.show(t, c, other(w.mail.code(t)))
			refused(t, fmt.Sprint("wrong code ", n), err, auth.ErrOTPWrong)
			w.clock.advance(time.Second)
		}
	}
	c := w.challenge(t)
	spare := w.challenge(t)
	code := w.mail.code(t)
	// The nineteen did not keep out who knows the code; nor did they count it.
	if _, err := w.show(t, spare, code); err != nil {
		t.Errorf("a right code after nineteen wrong ones: got error %v", err)
	}
	if n := w.failures(t, id); n != auth.CodeFailures-1 {
		t.Fatalf("got %d failures, want %d", n, auth.CodeFailures-1)
	}
	codes := w.mail.codes()
	code = codes[len(codes)-2]
	_, err := w.show(t, c, other(code))
	refused(t, "the twentieth", err, auth.ErrOTPWrong)
	for range 3 {
		_, err = w.show(t, c, code)
		refused(t, "the right one after twenty", err, auth.ErrOTPGone)
	}
	_, err = w.ask(t)
	refused(t, "another challenge", err, auth.ErrRateLimited)
	_, err = w.Resend(t.Context(), w.anyone(t, coded), auth.ResendInput{LoginID: c.LoginID})
	refused(t, "resend", err, auth.ErrRateLimited)
	over := began.Add(24 * time.Hour)
	if got, want := meta(err).RetryAfter, int(over.Sub(w.clock.Now()).Seconds()); got != want {
		t.Errorf("retry after %d s, want %d", got, want)
	}
	w.clock.advance(over.Sub(w.clock.Now()) - time.Millisecond)
	_, err = w.ask(t)
	refused(t, "before the day is over", err, auth.ErrRateLimited)
	w.clock.advance(time.Millisecond)
	if _, err := w.show(t, w.challenge(t), w.mail.code(t)); err != nil {
		t.Errorf("after a day: got error %v", err)
	}
}
