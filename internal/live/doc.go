// Package live answers from memory who may still come in: the tenants, sessions
// and accounts that were read lately, until they change.
//
// A [Cache] is the [auth.Live] of a running program. A hit costs a hash and a
// lookup: no I/O, no allocation, no lock that all callers share. What is not
// held is read from the [Source], once for all who ask at the same time. What
// another process changed is noticed through [Config.Watch].
//
// It knows neither what the answers mean (an ended session is an answer like
// any other) nor how they are stored.
//
// # Why nothing old is answered after a Drop
//
// Every key belongs to one shard. A shard keeps, under one lock, the entries
// that are held and the loads that are under way. Three rules:
//
//  1. A read of the source begins after its load was entered in the shard.
//  2. What a read found becomes an entry only if its load is still entered, and
//     in the same step the load leaves the shard.
//  3. Drop removes the key's entry and its load in one step.
//
// So whatever a shard holds for a key after a Drop, entry or load, comes from a
// read that began after that Drop: what was there before is gone (3), what was
// being read finds itself struck out and is not kept (2), and nobody can join
// it any more, for joining means finding it in the shard. The writer commits
// before it drops and the source reads what was committed, so that read sees
// the change. A caller that had joined a load before the Drop began before the
// Drop as well; it asks again all the same, a few times, and is then given what
// was read last without that being kept. The presence of the load itself is the
// epoch: there is no number to compare, and none that could wrap round.
//
// DropAll does the same shard by shard; the argument holds for each key.
//
// otter, the house's choice for caches, promises this for a single key, but
// leaves InvalidateAll undefined for a key that is being loaded and not yet
// held, which is the case that matters when another process has written. It
// would also keep its queues and timers for each of four caches in an idle
// program. Hence maps, and the argument above.
package live
