package sql

import (
	"database/sql"
	"errors"
	"time"
)

// scanner is a row of a result.
type scanner interface{ Scan(dest ...any) error }

// ms is a time as it is stored: milliseconds in UTC, 0 for the zero time.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at reads what ms wrote.
func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// blob keeps nil from becoming NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// flag is a truth as it is stored.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// absent tells that a result of one row had none.
func absent(err error) bool { return errors.Is(err, sql.ErrNoRows) }

func scanText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

// list collects the rows of a result.
func list[T any](out *[]T, scan func(scanner) (T, error)) func(scanner) error {
	return func(row scanner) error {
		v, err := scan(row)
		if err == nil {
			*out = append(*out, v)
		}
		return err
	}
}

// into scans the one row of a result.
func into[T any](out *T, scan func(scanner) (T, error)) func(scanner) error {
	return func(row scanner) (err error) {
		*out, err = scan(row)
		return err
	}
}
