// Package device names devices so that their owners recognise them in a list:
// "Firefox on Android", "curl".
//
// It knows nothing of sessions. A name says what a client claims to be, which
// anybody can forge: it is for people to read and for nothing to rely on. What
// it returns is one line of bounded length without control characters.
package device
