// Package redis keeps in Redis what several instances of a deployment share and
// what may be lost: tickets and counters ([auth.Tickets]), limits
// ([limit.Keeper]) and the bus between the instances (live.Bus). It knows the
// promises, not what tickets are for, and it holds no user and no session.
//
// # What is promised
//
// Every promise is one command or one script, and Redis runs one at a time; so
// there is nothing to lock, and nothing is tried a second time behind the
// caller's back: a try that was counted is not counted twice. What cannot be
// done is an [auth.ErrUnavailable], and then it is not known whether it was done.
//
// Tickets and counters are over by the clock of the caller, as the promises
// want it. That Redis forgets keys only frees memory, an hour later. Limits run
// by the clock of Redis, so that those of the instances do not matter.
//
// # What it takes
//
// One primary, Redis 6 or newer or what speaks its protocol with Lua scripts
// (Valkey, KeyDB, Dragonfly), with or without replicas that a proxy or a name
// leads away from. A cluster is not supported: a count touches several keys in
// one script, which a cluster only allows where all of them, and so the whole
// store, are in one slot. [Open] refuses it.
//
// The server must not evict keys: a counter of failed logins that is thrown
// away is a lock that does not fall. [Store.Doubts] says whether it may.
// Replication is asynchronous: a failover can forget the last moment, and with
// it a try at a code, or that a code was spent. Where that is too much, set
// min-replicas-to-write and let the orchestrator promote the newest replica.
//
// Deployments that share a server are kept apart by Config.Prefix. Numbers of
// databases do not do it: the bus has none.
package redis
