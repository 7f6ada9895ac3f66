package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// report prints the results, and keeps them where that was asked for.
func report(out io.Writer, o options, about string, results []result) error {
	if len(results) == 0 {
		return nil
	}
	if o.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(results)
	}
	table, err := render(results)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "\n%s\n%s", about, table); err != nil || o.keep == "" {
		return err
	}
	return keep(o.keep, about, table, results)
}

// keep writes machine, table and raw figures into a file named by the day.
func keep(dir, about, table string, results []result) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n%s\nRaw, one result a line:\n", about, table)
	for _, r := range results {
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "%s\n", line)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, time.Now().UTC().Format(time.DateOnly)+".txt"), []byte(text.String()), 0o600)
}

// render lays the results out.
func render(results []result) (string, error) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "measure\tconns\tvalue\tp50\tp99\tCPU each\tratio\ttarget\t")
	for _, r := range results {
		fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, blankZero(r.Conns), number(r.Value), r.Unit,
			latency(r.P50), latency(r.P99), latency(r.CPU), ratio(r), verdict(r), r.Comments)
	}
	if err := w.Flush(); err != nil {
		return "", err
	}
	var lines strings.Builder
	for line := range strings.Lines(text.String()) {
		lines.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return lines.String(), nil
}

func blankZero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func ratio(r result) string {
	if r.Of == "" {
		return ""
	}
	return fmt.Sprintf("%.2f of %s", r.Ratio, r.Of)
}

func verdict(r result) string {
	switch {
	case r.Target == "":
		return ""
	case r.Met:
		return r.Target + " met"
	default:
		return r.Target + " MISSED"
	}
}

func latency(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Millisecond:
		return number(float64(d)/float64(time.Microsecond)) + " µs"
	default:
		return number(float64(d)/float64(time.Millisecond)) + " ms"
	}
}

// number writes three digits, or all that stand before the point, in groups.
func number(v float64) string {
	if v < 100 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
