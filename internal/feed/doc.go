// Package feed holds in memory what guards elsewhere must know (the news that
// package auth announces in the control database) and hands it to whoever
// listens: guards, which hear of everything, and the streams of single sessions,
// which hear of what concerns them.
//
// A [Hub] reads while somebody listens: when it is woken, and twice a second.
// The ids of news are UUIDv7 of several processes, whose clocks may differ by a
// minute and whose transactions may end late. So a read begins a few seconds
// before the newest id, now and then one begins minutes before it, and what is
// held already is known by its id.
//
// A stream that is open is a promise that nothing is missed. Once the database
// cannot be read for two seconds everybody is cut, and nobody is let in until it
// can be read again.
//
// The package knows neither HTTP nor stores, and nothing of what the news mean
// for a token.
package feed
