package main

import (
	"context"
	"fmt"
)

// doctorCmd looks at everything that a deployment leans on. It changes nothing,
// and may run before the first start as well as beside a running server.
type doctorCmd struct {
	settingFlags
	Mode string `enum:"dev,serve" default:"serve" help:"What the deployment is for: serve, or dev, which needs no mail server."`
	JSON bool   `name:"json" help:"Print a JSON array."`
}

// Run prints the findings with their mends. Its error says how many fail;
// warnings are no error.
func (c *doctorCmd) Run(ctx context.Context, w *console) error {
	mode := modeServe
	if c.Mode == "dev" {
		mode = modeDev
	}
	p := admit(mode, c.given(), w)
	found := examine(ctx, p, checks())
	if err := report(w.Out, found, c.JSON); err != nil {
		return err
	}
	switch n := count(found, failing); n {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("doctor: 1 finding fails")
	default:
		return fmt.Errorf("doctor: %d findings fail", n)
	}
}

// A check looks at one area. It changes nothing, takes no longer than seconds,
// and puts no secret into a finding.
type check struct {
	name string
	run  func(context.Context, *patient) []finding
}

// checks returns all of them, in the order in which they are told. Each leans
// on what those before it have found to be there.
func checks() []check {
	return []check{
		{"settings", checkSettings},
		{"database", checkDatabase},
		{"redis", checkRedis},
		{"keys", checkKeys},
		{"tenants", checkTenants},
		{"disk", checkDisk},
		{"mail", checkMail},
		{"base-url", checkBaseURL},
		{"proxy", checkProxy},
		{"cookies", checkCookies},
		{"limits", checkLimits},
		{"nest", checkNest},
		{"clock", checkClock},
	}
}

// examine runs the checks. Without settings there is nothing else to look at.
func examine(ctx context.Context, p *patient, all []check) (found []finding) {
	if !p.loaded {
		all = all[:1]
	} else if err := p.open(ctx); err == nil {
		defer p.close()
	}
	for _, c := range all {
		for _, f := range c.run(ctx, p) {
			f.Check, f.Finding, f.Mend = c.name, plain(f.Finding), plain(f.Mend)
			found = append(found, f)
		}
	}
	return found
}
