package memory_test

import (
	"errors"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/memory"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) auth.Store { return memory.New(storetest.Chain) })
}

// TestFail: a rule's test can take the database away, method by method.
func TestFail(t *testing.T) {
	s := memory.New(storetest.Chain)
	s.Fail = func(method string) error {
		if method == "AddKey" {
			return auth.ErrUnavailable
		}
		return nil
	}
	if err := s.AddKey(t.Context(), auth.KeyRecord{ID: "k"}, "", auth.Note{}); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("AddKey: got error %v, want ErrUnavailable", err)
	}
	keys, err := s.Keys(t.Context())
	if err != nil || len(keys) != 0 {
		t.Errorf("Keys: got %v and error %v, want none", keys, err)
	}
}
