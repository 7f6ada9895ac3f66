package storetest

import (
	"bytes"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

func oneCallerSpends(t T, s auth.Tickets) {
	for range 2 * rounds {
		v := issued(t, s)
		errs := race(32, func(int) error {
			_, err := s.Attempt(bg, v.TicketKey, right, start)
			return err
		})
		if n := winners(t, errs, auth.ErrNoRecord, "Attempt"); n != 1 {
			t.Fatalf("%d callers spent the ticket, want 1", n)
		}
	}
}

// noTryTooMany: of 64 wrong proofs at once as many are compared as there are
// tries, each caller is told another number of tries left, and the right one
// comes too late.
func noTryTooMany(t T, s auth.Tickets) {
	for range rounds / 2 {
		v := issued(t, s)
		left := race(64, func(int) int {
			got, err := s.Attempt(bg, v.TicketKey, wrong, start)
			switch {
			case errors.Is(err, auth.ErrWrongProof):
				return got.Tries
			case errors.Is(err, auth.ErrNoRecord):
				return -1
			}
			t.Errorf("Attempt: got error %v", err)
			return -1
		})
		told := map[int]int{}
		for _, n := range left {
			told[n]++
		}
		same(t, "callers by tries left (-1: refused)", told, map[int]int{4: 1, 3: 1, 2: 1, 1: 1, 0: 1, -1: 59})
		_, err := s.Attempt(bg, v.TicketKey, right, start)
		refused(t, err, auth.ErrNoRecord, "Attempt with the right proof")
	}
}

// rightAmongWrong: a right proof that comes with 63 wrong ones is in time or too
// late; either way no more than the tries are compared.
func rightAmongWrong(t T, s auth.Tickets) {
	for round := range rounds {
		v := issued(t, s)
		errs := race(64, func(i int) error {
			proof := wrong
			if i == round {
				proof = right
			}
			_, err := s.Attempt(bg, v.TicketKey, proof, start)
			return err
		})
		compared := 0
		for i, err := range errs {
			switch {
			case err == nil && i != round:
				t.Fatalf("a wrong proof spent the ticket")
			case err == nil || errors.Is(err, auth.ErrWrongProof):
				compared++
			default:
				refused(t, err, auth.ErrNoRecord, "Attempt")
			}
		}
		if inTime := errs[round] == nil; compared > v.Tries || !inTime && compared != v.Tries {
			t.Fatalf("%d proofs were compared, want %d at most; the right one in time: %t", compared, v.Tries, inTime)
		}
		if !errors.Is(errs[round], auth.ErrNoRecord) && errs[round] != nil {
			t.Fatalf("the right proof: got error %v", errs[round])
		}
	}
}

// aVoidedProofIsWrong: when Reissue has returned the old proof spends nothing,
// however many callers were showing it.
func aVoidedProofIsWrong(t T, s auth.Tickets) {
	for round := range 2 * rounds {
		v := issued(t, s)
		next := v
		next.Proof, next.Tries = []byte("another"), 100
		errs := race(callers, func(i int) error {
			if i == round%callers {
				return s.Reissue(bg, next, start)
			}
			_, err := s.Attempt(bg, v.TicketKey, right, start)
			return err
		})
		spent := 0
		for i, err := range errs {
			if i != round%callers && err == nil {
				spent++
			}
		}
		reissued := errs[round%callers] == nil
		if want := map[bool]int{true: 0, false: 1}[reissued]; spent != want {
			t.Fatalf("reissued: %t, and %d callers spent the old proof, want %d", reissued, spent, want)
		}
		if !reissued {
			gone(t, s, next, start)
			continue
		}
		_, err := s.Attempt(bg, v.TicketKey, right, start)
		refused(t, err, auth.ErrWrongProof, "Attempt with the old proof")
		got, err := s.Attempt(bg, v.TicketKey, next.Proof, start)
		must(t, err, "Attempt with the new proof")
		if !bytes.Equal(got.Data, v.Data) {
			t.Errorf("got data %q, want %q", got.Data, v.Data)
		}
	}
}
