package auth

import "time"

type ticketData struct {
	Directory string     `json:"directory"`
	Tenant    string     `json:"tenant"`
	Kind      TicketKind `json:"kind"`
	ID        string     `json:"id"`
	User      string     `json:"user,omitempty"`
	Proof     []byte     `json:"proof,omitempty"`
	Tries     int        `json:"tries,omitempty"`
	Data      []byte     `json:"data,omitempty"`
	Created   int64      `json:"created"`
	Expires   int64      `json:"expires"`
}

// TicketRow makes the row of a ticket.
func TicketRow(t Ticket) (Row, error) {
	return newRow(RowTickets, RowKey(t.Directory, t.Tenant, string(t.Kind), t.ID), ticketData{
		t.Directory, t.Tenant, t.Kind, t.ID, t.User, t.Proof, t.Tries, t.Data, rowTime(t.CreatedAt), rowTime(t.ExpiresAt),
	})
}

// Ticket reads the row of a ticket.
func (r Row) Ticket() (Ticket, error) {
	d, err := readRow[ticketData](r, RowTickets)
	return Ticket{
		TicketKey: TicketKey{Directory: d.Directory, Tenant: d.Tenant, Kind: d.Kind, ID: d.ID},
		User:      d.User, Proof: d.Proof, Tries: d.Tries, Data: d.Data, CreatedAt: timeOf(d.Created), ExpiresAt: timeOf(d.Expires),
	}, err
}

// Counter is a counter that has been added to.
type Counter struct {
	Directory string
	Key       string
	Tally
}

type counterData struct {
	Directory string `json:"directory"`
	Key       string `json:"key"`
	N         int    `json:"n"`
	Resets    int64  `json:"resets"`
}

// CounterRow makes the row of a counter.
func CounterRow(c Counter) (Row, error) {
	return newRow(RowCounters, RowKey(c.Directory, c.Key), counterData{c.Directory, c.Key, c.N, rowTime(c.Resets)})
}

// Counter reads the row of a counter.
func (r Row) Counter() (Counter, error) {
	d, err := readRow[counterData](r, RowCounters)
	return Counter{Directory: d.Directory, Key: d.Key, Tally: Tally{N: d.N, Resets: timeOf(d.Resets)}}, err
}

// MailState says how far a mail has come.
type MailState string

// How far a mail has come.
const (
	MailWaiting MailState = "waiting"
	MailSent    MailState = "sent"
	MailDead    MailState = "dead"
)

// Letter is a mail in the outbox and how far it has come.
type Letter struct {
	Mail
	State MailState
	// DueAt is, of one that waits, when it may be given out (its next try, or the
	// end of its lease), else when it was sent or buried.
	DueAt   time.Time
	Problem string // of the last try; "" also where a store does not keep it
}

type mailData struct {
	ID        string      `json:"id"`
	Directory string      `json:"directory"`
	Tenant    string      `json:"tenant"`
	User      string      `json:"user,omitempty"`
	Kind      MessageKind `json:"kind"`
	Sealed    []byte      `json:"sealed,omitempty"`
	Created   int64       `json:"created"`
	NotAfter  int64       `json:"notAfter,omitempty"`
	Attempts  int         `json:"attempts,omitempty"`
	State     MailState   `json:"state"`
	Due       int64       `json:"due"`
	Problem   string      `json:"problem,omitempty"`
}

// MailRow makes the row of a mail.
func MailRow(l Letter) (Row, error) {
	return newRow(RowMails, l.ID, mailData{
		l.ID, l.Directory, l.Tenant, l.User, l.Kind, l.Sealed, rowTime(l.CreatedAt), rowTime(l.NotAfter), l.Attempts,
		l.State, rowTime(l.DueAt), l.Problem,
	})
}

// Letter reads the row of a mail.
func (r Row) Letter() (Letter, error) {
	d, err := readRow[mailData](r, RowMails)
	return Letter{
		Mail: Mail{
			ID: d.ID, Directory: d.Directory, Tenant: d.Tenant, User: d.User, Kind: d.Kind, Sealed: d.Sealed,
			CreatedAt: timeOf(d.Created), NotAfter: timeOf(d.NotAfter), Attempts: d.Attempts,
		},
		State: d.State, DueAt: timeOf(d.Due), Problem: d.Problem,
	}, err
}
