package attacks

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver
)

// rows reads a query from the server's database, each row as one line.
func (s *server) rows(query string) []string {
	s.t.Helper()
	db := s.openDatabase("ro")
	defer db.Close()
	found, err := db.Query(query)
	if err != nil {
		s.t.Fatal(err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		s.t.Fatal(err)
	}
	var lines []string
	for found.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			s.t.Fatal(err)
		}
		lines = append(lines, strings.TrimSuffix(fmt.Sprintln(values...), "\n"))
	}
	if err := found.Err(); err != nil {
		s.t.Fatal(err)
	}
	return lines
}

// exec changes the server's database beside it, as an operator's command would.
func (s *server) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	db := s.openDatabase("rw")
	defer db.Close()
	result, err := db.Exec(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s: %d rows, %v", query, n, err)
	}
}

func (s *server) openDatabase(mode string) *sql.DB {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.database()+"?mode="+mode+"&_pragma=busy_timeout(5000)")
	if err != nil {
		s.t.Fatal(err)
	}
	return db
}

// state is what a request without effect leaves as it was: every account, every
// session, every ticket.
func (s *server) state() string {
	s.t.Helper()
	return strings.Join(append(append(
		s.rows("SELECT id, email, username, mobile, name, password_hash, status, locked_until FROM users ORDER BY id"),
		s.rows("SELECT id, user_id, counter, ended_at, end_reason FROM sessions ORDER BY id")...),
		s.rows("SELECT id, kind, hex(proof), tries FROM tickets ORDER BY id")...), "\n")
}
