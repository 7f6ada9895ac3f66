package main

import (
	"context"
	"strings"
)

// checkSettings tells what is wrong with the settings, as a start would.
func checkSettings(_ context.Context, p *patient) (found []finding) {
	for _, problem := range p.wrong {
		found = append(found, fail(cutMend(problem)))
	}
	if len(p.unused) > 0 {
		found = append(found, ok("names in .env that are no settings of latchkey: %s", strings.Join(p.unused, ", ")))
	}
	if len(p.wrong) == 0 {
		found = append(found, ok("every setting can be read; latchkey config lists them"))
	}
	return found
}

// checkLimits looks at what slows guessing down.
func checkLimits(_ context.Context, p *patient) []finding {
	switch {
	case p.settings.RateLimits:
		return []finding{ok("clients are limited")}
	case p.mode == modeDev:
		return []finding{ok("RATE_LIMITS is off, for development")}
	}
	return []finding{fail("RATE_LIMITS is off: nothing bounds how often a client may ask", "unset RATE_LIMITS, or set it to on; off is for tests")}
}
