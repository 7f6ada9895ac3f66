package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/seeds"
)

// What becomes of a row of a seed. Of the last two it is not all that is to say
// of it.
const (
	rowCreated   = "created"
	rowJoined    = "joined"    // the account was there, and has a seat more
	rowUnchanged = "unchanged" // it was there
	rowRefused   = "refused"   // it does not fit
	rowDeleted   = "deleted"   // in the seed, and passed over
	rowDiffers   = "differs"   // it was there, and is not the same; it stays as it is here
	rowLeft      = "left-out"  // taken, but not all of it
)

// seedRow is what there is to say of a row.
type seedRow struct {
	Tenant   string              `json:"tenant,omitempty"`
	Table    string              `json:"table"`
	ID       string              `json:"id"`
	Outcome  string              `json:"outcome"`
	Problems []auth.FieldProblem `json:"problems,omitempty"`
}

// seedTally counts what became of the rows of a table.
type seedTally struct {
	Table     string `json:"table"`
	Read      int    `json:"read"`
	Created   int    `json:"created"`
	Joined    int    `json:"joined"`
	Unchanged int    `json:"unchanged"`
	Differs   int    `json:"differs"` // of those unchanged
	Refused   int    `json:"refused"`
	Deleted   int    `json:"deleted"`
}

// seedReport prints what there is to say, while it becomes known, and at the end
// how many rows there were.
type seedReport struct {
	out     io.Writer
	dry     bool
	rows    *listing[seedRow] // nil: for people
	tallies []*seedTally      // in the order in which they came
}

func newSeedReport(out io.Writer, asJSON, dry bool) (*seedReport, error) {
	r := &seedReport{out: out, dry: dry}
	if !asJSON {
		return r, nil
	}
	if _, err := io.WriteString(out, "{\"rows\": "); err != nil {
		return nil, err
	}
	rows, err := newListing(out, true, "", func(seedRow) []string { return nil })
	r.rows = rows
	return r, err
}

func (r *seedReport) tally(table string) *seedTally {
	for _, t := range r.tallies {
		if t.Table == table {
			return t
		}
	}
	t := &seedTally{Table: table}
	r.tallies = append(r.tallies, t)
	return t
}

// add counts a row, and says of it what is out of the ordinary.
func (r *seedReport) add(tenant string, row seeds.Origin, outcome string, problems []auth.FieldProblem) error {
	t := r.tally(row.Table)
	t.Read++
	switch outcome {
	case rowCreated:
		t.Created++
	case rowJoined:
		t.Joined++
	case rowRefused:
		t.Refused++
	case rowDeleted:
		t.Deleted++
	default:
		t.Unchanged++
		if len(problems) > 0 {
			t.Differs++
			outcome = rowDiffers
		}
	}
	if len(problems) == 0 && outcome != rowDeleted {
		return nil
	}
	return r.tell(tenant, row, outcome, problems)
}

// tell says something of a row.
func (r *seedReport) tell(tenant string, row seeds.Origin, outcome string, problems []auth.FieldProblem) error {
	if r.rows != nil {
		return r.rows.add(seedRow{tenant, row.Table, plain(row.ID), outcome, problems})
	}
	var why []string
	for _, p := range problems {
		why = append(why, strings.TrimSpace(p.Field+" "+p.Problem))
	}
	line := strings.TrimSpace(tenant+" "+row.Table) + " " + plain(row.ID) + ": " + outcome
	if len(why) > 0 {
		line += ": " + plain(strings.Join(why, "; "))
	}
	_, err := fmt.Fprintln(r.out, line)
	return err
}

func (r *seedReport) refused() (n int) {
	for _, t := range r.tallies {
		n += t.Refused
	}
	return n
}

// close prints the numbers.
func (r *seedReport) close() error {
	if r.rows != nil {
		if err := r.rows.close(); err != nil {
			return err
		}
		tables, err := json.MarshalIndent(r.tallies, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(r.out, ", \"tables\": %s, \"dryRun\": %t}\n", tables, r.dry)
		return err
	}
	for _, t := range r.tallies {
		if _, err := fmt.Fprintf(r.out, "%s: %d read, %d created, %d joined, %d unchanged (%d differ), %d refused, %d deleted\n",
			t.Table, t.Read, t.Created, t.Joined, t.Unchanged, t.Differs, t.Refused, t.Deleted); err != nil {
			return err
		}
	}
	if !r.dry {
		return nil
	}
	_, err := fmt.Fprintln(r.out, "This was a dry run, nothing is written; --apply writes.")
	return err
}
