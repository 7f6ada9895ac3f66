package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

type userImportCmd struct {
	settingFlags `quiet:""`
	tenantFlag
	File    string  `arg:"" help:"File of users, one a line; - for standard input."`
	Format  *string `enum:"jsonl,csv" placeholder:"FORMAT" help:"jsonl (JSON objects) or csv (with a header); by the file's ending when left out. Both have the fields name, email, passwordHash (bcrypt, argon2id, scrypt or PBKDF2), username, nickname, mobile, role, spaceId, emailVerified, disabled, createdAt."`
	DryRun  bool    `help:"Say what would be done, and write nothing. What repeats within the file is not noticed."`
	Refused string  `placeholder:"FILE" help:"Write what is refused to this file, as JSON lines with line and reason, instead of to standard error."`
	JSON    bool    `name:"json" help:"Print a JSON object."`
}

// errRefused is what a script learns by the exit code.
var errRefused = errors.New("mend the lines and run it again: what is there already stays as it is")

// Validate finds out the format.
func (c *userImportCmd) Validate() error {
	if c.Format == nil && formatOf(c.File) == "" {
		return misuse("--format: jsonl or csv, since the file's name does not end in .jsonl, .ndjson or .csv")
	}
	return nil
}

func formatOf(name string) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jsonl", ".ndjson":
		return "jsonl"
	case ".csv":
		return "csv"
	}
	return ""
}

// Run takes over the users of a file. It can be run again. Its error says that
// something was refused.
func (c *userImportCmd) Run(ctx context.Context, w *console) (err error) {
	w = &console{In: w.In, Out: w.Out, Err: &inTurn{Writer: w.Err}, Environ: w.Environ, Dir: w.Dir}
	next, closeFile, err := c.open(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeFile()) }()
	refuse, closeRefused, err := c.refusals(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeRefused()) }()
	return asTenant(ctx, w, c.given(), c.Tenant, func(a *app, by auth.Caller) error {
		if c.DryRun {
			a.service.Records = dryRecords{a.store}
		}
		i := importing{next: next, refuse: refuse, put: func(ctx context.Context, u auth.ImportedUser) (auth.ImportOutcome, error) {
			return a.service.ImportUser(ctx, by, u)
		}}
		quiet := showProgress(ctx, w.Err, i.done.Load)
		failed := i.run(ctx)
		quiet()
		if err := c.report(w, i.tally); err != nil {
			return err
		}
		switch {
		case ctx.Err() != nil:
			return errors.New("the import was interrupted; what was taken over stays, and it can be run again")
		case failed != nil:
			return fmt.Errorf("the import stopped; what was taken over stays, and it can be run again: %w", said(failed))
		case i.tally.Refused > 0:
			return fmt.Errorf("%d of %d refused; %w", i.tally.Refused, i.tally.Read, errRefused)
		}
		return nil
	})
}

// open opens the file and reads the header, if it has one.
func (c *userImportCmd) open(w *console) (next func() (record, error), done func() error, err error) {
	from, done := w.In, func() error { return nil }
	if c.File != "-" {
		file, err := os.Open(inDir(w.Dir, c.File)) // #nosec G304 -- the operator names it
		if err != nil {
			return nil, nil, err
		}
		from, done = file, file.Close
	}
	format := formatOf(c.File)
	if c.Format != nil {
		format = *c.Format
	}
	if format == "jsonl" {
		return jsonLines{newLines(from)}.next, done, nil
	}
	records, err := newCSV(newLines(from))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", c.File, err), done())
	}
	return records.next, done, nil
}

func inDir(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// refusals says where refusals go.
func (c *userImportCmd) refusals(w *console) (refuse func(refusal) error, done func() error, err error) {
	if c.Refused == "" {
		before := ""
		if watched(w.Err) {
			before = clearLine
		}
		return func(r refusal) error {
			_, err := fmt.Fprintf(w.Err, "%sline %d: %s\n", before, r.Line, plain(r.Reason))
			return err
		}, func() error { return nil }, nil
	}
	file, err := os.OpenFile(inDir(w.Dir, c.Refused), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // #nosec G304 -- the operator names it
	if err != nil {
		return nil, nil, err
	}
	out := bufio.NewWriter(file)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return func(r refusal) error { return encoder.Encode(r) }, func() error { return errors.Join(out.Flush(), file.Close()) }, nil
}

func (c *userImportCmd) report(w *console, t importTally) error {
	if c.JSON {
		return printJSON(w.Out, struct {
			importTally
			DryRun bool `json:"dryRun,omitempty"`
		}{t, c.DryRun})
	}
	what := ""
	if c.DryRun {
		what = "dry run, nothing is written: "
	}
	_, err := fmt.Fprintf(w.Out, "%s%d read, %d created, %d joined, %d unchanged, %d refused\n", what, t.Read, t.Created, t.Joined, t.Unchanged, t.Refused)
	return err
}
