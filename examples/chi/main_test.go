package main

import (
	"testing"

	"github.com/latchkey/latchkey/examples/internal/trial"
)

func TestOrders(t *testing.T) { trial.Run(t, handler) }
