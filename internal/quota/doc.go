// Package quota says how often everything may be asked, by address, account and
// tenant, whichever door it comes through: what is used up at one is used up at
// the other. How a limit is counted is the business of package limit.
package quota
