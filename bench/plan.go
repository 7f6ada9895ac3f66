package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// measure is one entry of the plan: it adds results.
type measure struct {
	name string
	run  func(*bench, context.Context) error
}

// plan is all that is measured, in this order: what needs a fresh process
// first, memory before anything has hashed a password, what fills the caches
// last.
func plan() []measure {
	return []measure{
		{"size", (*bench).measureSize},
		{"start", (*bench).measureStart},
		{"bare", (*bench).measureBare},
		{"verifier", (*bench).measureVerifiers},
		{"check", (*bench).measureCheck},
		{"memory", (*bench).measureMemory},
		{"refresh", (*bench).measureRefresh},
		{"first", (*bench).measureFirstSight},
		{"garbage", (*bench).measureGarbage},
		{"forged", (*bench).measureForged},
		{"login", (*bench).measureLogin},
		{"signup", (*bench).measureSignUp},
		{"storm", (*bench).measureStorm},
		{"logout", (*bench).measureLogout},
		{"tenants", (*bench).measureTenants},
		{"scale", (*bench).measureScale},
		{"guards", (*bench).measureGuards},
		{"nest", (*bench).measureNest},
	}
}

func measureNames() []string {
	var names []string
	for _, m := range plan() {
		names = append(names, m.name)
	}
	return names
}

func checkNames(only []string) error {
	for _, name := range only {
		if !slices.Contains(measureNames(), name) {
			return fmt.Errorf("-only: there is no measure %q; there are %s", name, strings.Join(measureNames(), ", "))
		}
	}
	return nil
}

// measure runs the plan, or the part of it that was asked for.
func (b *bench) measure(ctx context.Context) error {
	if err := b.prepare(ctx); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	for _, m := range plan() {
		if len(b.only) > 0 && !slices.Contains(b.only, m.name) {
			continue
		}
		b.say("%s", m.name)
		if err := m.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}
