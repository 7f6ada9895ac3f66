package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Rows is a store as rows that any other store can take in: everything that it
// holds for good. What a store makes of that for itself (search terms, the
// origins of all tenants, when to sweep) is in no row; the taker makes it again.
type Rows interface {
	// Rows returns rows of a kind in the order of their keys, bytewise, beginning
	// after a key ("": at the first), at most max. Fewer than max is the end.
	Rows(ctx context.Context, kind, after string, max int) ([]Row, error)
	// PutRows puts rows of one kind, in place of those with the same keys. It puts
	// none if one of them cannot be read. If the database fails part-way, a store
	// without transactions over several documents may have put some of them, and
	// to put all of them again mends that: to put a row again changes nothing. An
	// account takes its names from another one that has them, which goes: the
	// account that had them has let go of them since it was put, and comes again,
	// or is gone.
	PutRows(ctx context.Context, rows []Row) error
	// DropRows removes rows of one kind by their keys; those that are not there
	// are no error.
	DropRows(ctx context.Context, kind string, keys []string) error
}

// Row is one thing that a store holds. The functions of this package that end in
// Row make them, the methods of Row read them.
type Row struct {
	Kind string
	// Key is unique in its kind. Its parts stand behind each other with spaces
	// between them, numbers in nineteen digits; the parts before the last have no
	// byte below "!", so that keys sort as their parts do.
	Key string
	// Data is JSON in one spelling: the same thing has the same bytes whatever
	// store it comes from. Times are milliseconds since 1970 in UTC.
	Data []byte
}

// The kinds of rows.
const (
	RowDirectories = "directories"
	RowTenants     = "tenants"
	RowAPIKeys     = "api_keys"
	RowKeys        = "keys"
	RowSettings    = "settings"
	RowSpaces      = "spaces"
	RowRoles       = "roles"
	RowAccounts    = "accounts" // with seats, sessions and devices
	RowTickets     = "tickets"
	RowCounters    = "counters"
	RowMails       = "mails"
	RowEvents      = "events"
	RowHeads       = "heads" // where records end
)

// RowKinds returns every kind, in an order in which they can be put: what is
// referred to comes first, and where a record ends after what is in it.
func RowKinds() []string {
	return []string{
		RowDirectories, RowTenants, RowAPIKeys, RowKeys, RowSettings, RowSpaces, RowRoles,
		RowAccounts, RowTickets, RowCounters, RowMails, RowEvents, RowHeads,
	}
}

// rowSeparator stands between the parts of a key.
const rowSeparator = " "

// RowKey makes a key of its parts.
func RowKey(parts ...string) string { return strings.Join(parts, rowSeparator) }

// RowNumber is a number as a part of a key.
func RowNumber(n int64) string { return fmt.Sprintf("%019d", n) }

// RowParts returns the n parts of a key. Those that are not there are empty.
func RowParts(key string, n int) []string {
	parts := strings.SplitN(key, rowSeparator, n)
	return append(parts, make([]string, n-len(parts))...)
}

func newRow(kind, key string, data any) (Row, error) {
	text, err := json.Marshal(data)
	if err != nil {
		return Row{}, fmt.Errorf("%s %s as a row: %w", kind, key, err)
	}
	return Row{Kind: kind, Key: key, Data: text}, nil
}

// readRow reads a row of a kind. What it does not know is an error: a row of a
// newer release is not put with a part of it missing.
func readRow[D any](r Row, kind string) (data D, err error) {
	if r.Kind != kind {
		return data, fmt.Errorf("a row of the kind %q is none of %q", r.Kind, kind)
	}
	in := json.NewDecoder(bytes.NewReader(r.Data))
	in.DisallowUnknownFields()
	if err := in.Decode(&data); err != nil {
		return data, fmt.Errorf("row %q of %s cannot be read: %w", r.Key, r.Kind, err)
	}
	return data, nil
}

// rowTime is a time as rows have it, 0 for the zero time.
func rowTime(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// timeOf reads what rowTime wrote.
func timeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
