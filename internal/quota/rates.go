package quota

import (
	"time"

	"github.com/latchkey/latchkey/internal/limit"
)

// Limits are the rates of one line of the table; one without events is none.
type Limits struct{ Address, Account, Tenant limit.Rate }

// Any reports whether there is a limit at all.
func (l *Limits) Any() bool {
	return l != nil && l.Address.Events+l.Account.Events+l.Tenant.Events > 0
}

// Lines that are no route.
const (
	Pages      = "pages"      // what is beside the routes: documentation, and addresses that lead nowhere
	Preflights = "Preflights" // questions of browsers before cross-origin requests
	Refusals   = "Refusals"   // answers to refused requests that page scripts may read
)

// Rates says, for every public route by its first path, how often it may be
// asked. The numbers are for people behind one address on a Monday morning, and
// for nobody who tries passwords: what guessing costs is the business of the
// rules, which lock, delay and count failures; these bound the work.
func Rates() map[string]*Limits {
	of := func(events int, per time.Duration, burst int) limit.Rate {
		return limit.Rate{Events: events, Per: per, Burst: burst}
	}
	const minute, hour = time.Minute, time.Hour
	// The same for everybody and in memory.
	cheap := Limits{Address: of(6000, minute, 1000)}
	// They ask the database. A prober comes once a second.
	health := Limits{Address: of(600, minute, 300)}
	// Whoever opens a link or presses its button comes a few times.
	link := Limits{Address: of(60, minute, 60)}
	// Every one may send a mail to somebody who has not asked for it. How many go
	// to an account is the business of the rules; this only bounds the asking, and
	// an account bears more than two addresses may ask.
	mail := Limits{Address: of(20, hour, 20), Account: of(60, hour, 60), Tenant: of(600, minute, 300)}
	table := map[string]*Limits{
		// 200 people at once and one more a second: an office is in within
		// minutes. An account bears more than an address may ask, or a stranger
		// could hold its owner out with requests alone.
		"/auth/login": {Address: of(60, minute, 200), Account: of(120, minute, 400), Tenant: of(6000, minute, 2000)},
		// As many as log in. The account is the challenge, whose id only its
		// owner has, and which bears five tries.
		"/auth/login/verify": {Address: of(60, minute, 200), Account: of(20, minute, 20), Tenant: of(6000, minute, 2000)},
		// Of those who log in behind one address, some do not find their mail;
		// the challenge says that they know a password.
		"/auth/login/resend": {Address: of(120, hour, 60), Account: of(5, hour, 5), Tenant: of(600, minute, 300)},
		// A lecture hall at once, then one a minute. The owner of an e-mail address
		// that is taken may get a mail each time.
		"/auth/sign-up":         {Address: of(60, hour, 100), Account: of(300, hour, 300), Tenant: of(1200, minute, 600)},
		"/auth/unlock/request":  &mail,
		"/auth/password/forgot": &mail,
		// Every client refreshes by itself, each 15 minutes: 18,000 behind one
		// address, 1.8 million of one tenant. A session rotates one token at a
		// time, so there is no account to protect.
		"/auth/refresh":        {Address: of(1200, minute, 600), Tenant: of(120_000, minute, 20_000)},
		"/auth/unlock":         &link,
		"/auth/password/reset": &link,
		"/auth/disown":         &link,
		"/auth/invitation":     &link,
		// A department at once; an account that was taken over writes to few.
		"/invitations": {Address: of(600, hour, 300), Account: of(60, hour, 60), Tenant: of(1200, hour, 600)},

		"/.well-known/jwks.json": &cheap,
		"/openapi.json":          &cheap,
		"/auth/front":            {Address: of(6000, minute, 1000), Tenant: of(120_000, minute, 20_000)},
		Pages:                    &cheap,
		Preflights:               &cheap,
		"/auth/health":           &health,
		"/readyz":                &health,
		Refusals:                 {Address: of(60, minute, 60)},
		// None: they cost less than a refusal, a prober that is refused would
		// restart a process that is well, and the numbers are wanted most when
		// there is a flood. Whoever may not read /metrics is told of no limit.
		"/healthz": {},
		"/metrics": {},
	}
	for path, l := range table {
		named := *l // each path has its own, whatever numbers it shares
		named.Address.Name, named.Account.Name, named.Tenant.Name = path+" address", path+" account", path+" tenant"
		table[path] = &named
	}
	return table
}
