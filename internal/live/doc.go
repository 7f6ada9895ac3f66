// Package live answers from memory who may still come in: the tenants, sessions
// and accounts that were read lately, until they change.
//
// A [Cache] is the [auth.Live] of a running program. A hit costs a hash and a
// lookup: no I/O, no allocation, no lock that all callers share. What is not
// held is read from the [Source], once for all who ask at the same time. What
// another process changed is told through [Config.Bus], and noticed through
// [Config.Watch].
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
// # Why other processes answer nothing old either
//
// After a Drop returned, no process answers from what was held before: with a
// bus that works, as soon as the bus has carried the message, which takes as
// long as BusStats.Delay says; with one that does not, BlindAge later at most.
//
// The bus works. The writer commits, drops, and publishes before its Drop
// returns. Who hears the message drops by the three rules, so that what it
// answers then comes from a read that began after the message and hence after
// the commit. Who subscribes meanwhile either hears the message or has
// subscribed after it was published; the first ping heard on a connection drops
// everything, so that whatever is trusted from then on was read after the
// subscription, after the message, after the commit. What was read before that
// ping is held for BlindAge only.
//
// A process does not hear. A ping of its own, sent at p and heard, shows that
// all that was published before p was heard, for a connection keeps the order
// and leaves nothing out. Whoever has heard it trusts what it holds until p +
// BlindAge and no longer, whatever its connection looks like. So if a message of
// the time m > p is not heard, nothing older than BlindAge is answered from p +
// BlindAge on, and nothing from before m from m + BlindAge on. When pings are
// heard again everything is dropped first.
//
// A message cannot be published. Either the bus is gone for all, and the others
// stop hearing their pings; or it is gone for this process only, and Alarm
// changes the number that the others read. One look was begun before that at
// most, is over after WatchEvery, and so is the next one, which sees the new
// number, or fails and thereby ends the trust: two WatchEvery, which is BlindAge.
//
// The alarm fails as well. If bus and database are gone for all, the others have
// noticed by BlindAge after the local drop, as above; the Drop does not return
// earlier, so that its caller, too, is not answered earlier. If this process
// alone is cut off from both, having just committed, there is no way to tell
// anybody: Run goes on trying, and what was owed goes out as a DropAll before
// anything else does. Only if the process ends before that is MaxAge the bound;
// BusStats.Owed and an error in the log say so. The same is true of a bus that
// has taken a message and loses it for some, such as a Redis that fails over.
//
// How long a Drop takes at most: two tries and an alarm of a second each, and the
// same again if it had to wait for the batch before.
//
// otter, the house's choice for caches, promises this for a single key, but
// leaves InvalidateAll undefined for a key that is being loaded and not yet
// held, which is the case that matters when another process has written. It
// would also keep its queues and timers for each of four caches in an idle
// program. Hence maps, and the argument above.
package live
