// Package mail writes letters and gets them delivered: it fills templates in
// the reader's language ([Renderer]), hands the result to an SMTP server
// ([SMTP]) or to a mailbox in memory for development ([Mailbox]), and works off
// the outbox with retries ([Worker]).
//
// It does not know why a letter is sent, who may have one, or how the outbox
// keeps its mails; that is for package auth and the stores.
//
// Delivery is at least once. A letter whose acceptance was lost on the way, or
// whose mail could not be marked as sent, goes out again; its Message-ID is the
// same, by which mail programs show it once.
package mail
