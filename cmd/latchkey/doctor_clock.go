package main

import (
	"context"
	"fmt"
	"time"
)

// checkClock looks for signs that the clock is wrong. Codes, tokens and locks
// end by it.
func checkClock(ctx context.Context, p *patient) (found []finding) {
	const mend = "set the clock, and run something that keeps it right (systemd-timesyncd, chrony)"
	now := p.now()
	switch why, err := p.kernel.synced(); {
	case err != nil:
		found = append(found, ok("whether the clock is synchronised cannot be seen: %v", err))
	case why != "":
		found = append(found, warn("the clock is not synchronised: "+why, mend+"; in a container, on its host"))
	default:
		found = append(found, ok("the clock is synchronised, says the kernel"))
	}
	if now.Before(p.built) {
		found = append(found, fail(fmt.Sprintf("it is %s by the clock, before this binary was made (%s)", shortTime(now), shortTime(p.built)), mend))
	}
	found = append(found, checkPast(ctx, p, now, mend)...)
	// More than this, and guards refuse tokens that are good.
	const leeway = 30 * time.Second
	if v := p.visit(ctx); v.err == nil && v.dated && v.skew.Abs() > leeway {
		found = append(found, warn(fmt.Sprintf("the clock of APP_BASE_URL is %s from this one", v.skew.Abs().Round(time.Second)), mend+", here and there"))
	}
	return found
}

// checkPast sees that nothing in the database happened later than now.
func checkPast(ctx context.Context, p *patient, now time.Time, mend string) []finding {
	if p.db == nil {
		return nil
	}
	const patience, slack = 5 * time.Second, time.Minute
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	newest, err := p.db.Newest(ctx)
	if err != nil || !newest.After(now.Add(slack)) { // the database's check says why it cannot be read
		return nil
	}
	return []finding{fail(
		fmt.Sprintf("the record tells of %s, and it is %s by the clock: it went back, or was ahead then", shortTime(newest), shortTime(now)),
		mend+"; what was made with a wrong clock ends late")}
}
