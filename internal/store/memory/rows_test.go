package memory_test

import (
	"testing"

	"github.com/latchkey/latchkey/internal/store/memory"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

func TestRows(t *testing.T) {
	storetest.RunRows(t, func(*testing.T) storetest.Copied { return memory.New(storetest.Chain) })
}
