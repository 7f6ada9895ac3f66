// Package seeds reads the databases of the two systems that users of Latchkey
// come from: the NestJS tutorial's MongoDB and prj-core's PostgreSQL. It turns
// their rows into what the rules take, and says of each row that does not fit
// why.
//
// It only ever reads, a bounded number of rows at a time. It does not know what
// there is on this side, and decides nothing that the rules decide.
package seeds
