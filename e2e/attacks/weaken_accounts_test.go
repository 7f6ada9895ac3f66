package attacks

// weakAccounts are bugs of accounts, of what guessing costs, and of the ways
// back in.
func weakAccounts() []weakness {
	return []weakness{
		{
			suite: "TestA06Refresh", file: "internal/auth/store.go",
			old: "case r.Counter == s.Counter-1 && (r.Now.Before(s.RotatedAt) || r.Now.Sub(s.RotatedAt) < r.Grace):",
			new: "case r.Counter < s.Counter:",
			bug: "a refresh token that was used before is answered again, for ever (RFC 9700 §4.14.2; reuse not detected, as in many early rotations)",
		},
		{
			suite: "TestA08Enumeration", file: "internal/auth/signin.go",
			old: "sleep(ctx, s.RefusalFloor-max(s.now().Sub(began), 0)%s.RefusalFloor)", new: "sleep(ctx, 0)",
			bug: "an answer comes as soon as its work is done: what is done only for accounts that exist shows in the time (CWE-208)",
		},
		{
			suite: "TestA09GuessBudget", file: "internal/auth/guess.go",
			old: `return "password/" + t.user.ID + "/" + strconv.FormatInt(t.user.Epoch, 10)`,
			new: `return "password/" + t.name + "/" + strconv.FormatInt(t.user.Epoch, 10)`,
			bug: "wrong passwords are counted by the name that was typed: e-mail, username and phone number each have their own tries",
		},
		{
			suite: "TestA10LockoutDoS", file: "internal/auth/user.go",
			old: "return u.LockedUntil.IsZero() || now.Before(u.LockedUntil) && !known",
			new: "return u.LockedUntil.IsZero() || now.Before(u.LockedUntil) || known && false",
			bug: "a lock is for everybody: strangers keep the owner out (CWE-645)",
		},
		{
			suite: "TestA14Prefetch", file: "internal/auth/link.go",
			old: "if l.ticket.Tries <= 0 || !hmac.Equal(l.proof, l.ticket.Proof) {",
			new: "if l.ticket.Tries <= 0 || !hmac.Equal(l.proof, l.ticket.Proof) || s.spendLink(ctx, l) != nil {",
			bug: "looking at a link uses it up: mail scanners spend it before its reader comes",
		},
		{
			suite: "TestA29Clock", file: "internal/auth/access.go",
			old: "if !s.now().Before(claims.ExpiresAt) {", new: "if false {",
			bug: "an access token is good for the leeway longer than it says",
		},
		{
			suite: "TestA31FlowOrder", file: "internal/store/sql/ticket.go",
			old: "			query = ticketDelete\n", new: "			query = ticketTried\n",
			bug: "a right code is not used up: whoever reads it afterwards logs in with it, too",
		},
		{
			suite: "TestA32PartialAuth", file: "internal/auth/signup.go",
			old: "if by.Tenant.Policy.OTP.asks(false) || by.Tenant.Policy.Taken == TakenHide {",
			new: "if by.Tenant.Policy.Taken == TakenHide {",
			bug: "sign-up logs in though a login would ask for a code",
		},
		{
			suite: "TestA33DependencyFailure", file: "internal/auth/code.go",
			old: "return nil, ErrOTPNotSent", new: "_ = ErrOTPNotSent",
			bug: "that the code was not sent is not told: the login goes on to a step that nobody can take",
		},
		{
			suite: "TestA35PreHijack", file: "internal/auth/reset.go",
			old: "Reason: EndPasswordChanged, At: s.now(), Forget: true,", new: "Reason: EndPasswordChanged, At: s.now(), From: s.now(), Strangers: true,",
			bug: "a new password leaves the sessions and devices of whoever was there before (classic-federated merge and unexpired session, USENIX Security 2022)",
		},
	}
}
