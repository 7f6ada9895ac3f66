// Package testserver starts the servers that tests run against: private ones, in
// temporary folders, on free ports of loopback, one of a kind for a test program.
// They end with the program, however it ends.
//
// Where POSTGRES_TEST_URL, MONGODB_TEST_URI or REDIS_TEST_URL is set, the tests
// run against that server instead. It knows nothing of Latchkey, and only tests
// may import it.
package testserver
