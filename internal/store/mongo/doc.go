// Package mongo is the [auth.Store] on MongoDB, and on what speaks its protocol.
// It knows no rule, and reads the clock only to be polite.
//
// It asks of the servers that one document changes in one step, and nothing more:
// no transactions, no change streams, no unique indexes but that of _id, no
// indexes that expire documents. So it runs on a sharded cluster as on a replica
// set. Writes are acknowledged by a majority, on disk; reads go to the primary and
// see what a majority has.
//
// # One document, one decision
//
// What is decided together stands in one document: an account with its seats,
// sessions, devices; a tenant's spaces and roles in a directory; the signing keys
// and operator keys of the deployment. Every document has a mark, rev, that each
// write makes anew. A change reads the document, decides with the rules of auth,
// and writes it back if the mark is still the one that was read; else it starts
// again. So a new password and the end of the old sessions are seen together, and
// a limit of sessions holds, however many come at once.
//
// The mark also tells what became of a write whose answer was lost when servers
// failed over: the write is sent again, and one of the two counts. When others
// have written since, nobody knows, and the answer is [auth.ErrUnavailable].
//
// # What stands in several documents
//
// Some things cannot be in one document. Each has its way to come out right
// wherever a process is killed, told where it is done:
//
//   - names (name.go): a document for each name, which counts when the account
//     has it, too. Who finds one that does not count ends what may be under way, by
//     giving the other account a new mark, and takes it over;
//   - roles and admins (claim.go): who gives a role that a tenant made, or takes an
//     admin away, has a claim in the tenant's scope meanwhile;
//   - search terms (term.go): written before the account under a mark that becomes
//     theirs with it;
//   - notes (parcel.go): written inside the document of the change, and moved from
//     there to the record and the outbox before the change is acknowledged, or by
//     whoever comes next;
//   - the record (chain.go): the end of a directory's record has the links that
//     were added last in it, before they are where they belong;
//   - a tenant with its directory and space (tenant.go): the tenant says what it is
//     made with until it has been made;
//   - counters that are counted together (counter.go): all but one are locked, and
//     the one that is not decides.
//
// A copy of a store (copy.go) is put in bulk, into a database that nobody else
// writes to.
//
// # Collections
//
// An id of several parts has them behind each other with spaces between them, so
// that ids sort as their parts do. Each collection is asked by _id, or by an index
// (schema.go has them all); only a sweep walks. On a sharded
// cluster these are the keys; what is not named stays unsharded and small:
//
//	accounts   _id hashed. A session is looked up by its id alone, which asks every shard by its index
//	names      _id hashed
//	terms      {tenant: 1, term: 1, user: 1}; a page is on one shard
//	scopes     _id hashed
//	events     {directory: 1, tenant: 1, at: 1}; a record is read in order from the shards of its directory
//	heads      _id hashed
//	outbox     _id hashed
//	tickets    _id hashed
//	counters   _id hashed
//	notes      _id hashed; empty but for what is on its way
//	tenants, directories, registry, changes, schema: unsharded
//
// An account's document holds the sessions that live, and those that ended until
// they are swept, of which it keeps 500 (shed.go). MongoDB's bound of 16 MB for a
// document is some 30,000 sessions that live at once.
//
// A server that is no member of a replica set needs retryWrites=false in the URI.
package mongo
