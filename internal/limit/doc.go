// Package limit says whether somebody may do something once more: rates of
// events per key, counted by GCRA (ITU-T I.371), in the memory of this process
// and, where there are several, by a [Keeper] for all of them together.
//
// It knows neither HTTP nor auth: what a key stands for, which rates there are
// and how a refusal is told is the business of the doors. Nor does it know where
// a keeper keeps.
//
// # The promise
//
//   - A key never gets more than a rate's burst at once, nor more than the burst
//     and what the rate brings back in any span of time, however many ask at
//     once. (Where more keys are in use than there is room for, those that have
//     used up least are forgotten: see part.)
//   - A charge to several keys falls on all of them or on none.
//   - Memory is taken once and does not grow: 24 bytes for each of Config.Most
//     keys. Keys themselves are not kept, only a hash of them under a seed that
//     nobody outside the process knows.
//   - A clock that goes back takes nothing from anyone.
//   - Limiters that share a keeper let in as many as one alone would. Nobody
//     waits for it longer than 250 ms; while it fails, each limiter goes on by
//     itself, and an attacker who is spread over n of them has n limits.
//   - Whom a limiter can refuse by what it knows, it refuses without the keeper.
package limit
