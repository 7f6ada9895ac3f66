package main

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// trail is a record, as a store keeps it.
type trail struct {
	auth.Records
	links []auth.Link
}

func (r trail) TrailEnd(context.Context, string) (int64, []byte, error) {
	if len(r.links) == 0 {
		return 0, nil, nil
	}
	last := r.links[len(r.links)-1]
	return last.Number, last.Hash, nil
}

func (r trail) Trail(_ context.Context, _ string, after int64, most int) (page []auth.Link, err error) {
	for _, l := range r.links {
		if l.Number > after && len(page) < most {
			page = append(page, l)
		}
	}
	return page, nil
}

// TestTheMasterKeyIsKnownByTheRecord: a key that chained nothing of it is
// another one; an event that somebody changed does not lock the operator out.
func TestTheMasterKeyIsKnownByTheRecord(t *testing.T) {
	vaultOf := func(b byte) *auth.Vault {
		v, err := auth.NewVault(bytes.Repeat([]byte{b}, auth.MasterKeySize))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	ours, other := vaultOf(1), vaultOf(2)
	chain := func(n int) (links []auth.Link) {
		var before []byte
		for i := range n {
			l := auth.Link{Number: int64(i + 1), Event: auth.Event{ID: fmt.Sprint(i), Action: auth.ActionLogin}}
			l.Hash = ours.Chain(before, l.Number, l.Event)
			before = l.Hash
			links = append(links, l)
		}
		return links
	}
	changed := chain(120)
	changed[119].Reason, changed[100].Reason = "changed", "changed"
	for name, c := range map[string]struct {
		links       []auth.Link
		ours, other bool
	}{
		"no record":             {nil, true, true},
		"one event":             {chain(1), true, false},
		"many":                  {chain(120), true, false},
		"swept":                 {chain(120)[100:], true, false},
		"swept to the last":     {chain(120)[119:], true, true}, // nothing to tell by
		"with changed events":   {changed, true, false},
		"swept to the last two": {chain(120)[118:], true, false},
	} {
		for v, want := range map[*auth.Vault]bool{ours: c.ours, other: c.other} {
			got, err := chained(t.Context(), trail{links: c.links}, v)
			if got != want || err != nil {
				t.Errorf("%s, our key %t: got %t, %v", name, v == ours, got, err)
			}
		}
	}
}
