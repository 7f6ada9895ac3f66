package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"time"
)

// options are what the command line says.
type options struct {
	span time.Duration // of one measurement
	warm time.Duration // before it, not counted
	only []string      // names of measures; all when empty
	json bool          // print the results as JSON, not as a table
	keep string        // folder for the raw figures; "" keeps none
	dir  string        // where the temporary folder is made; "" is the system's
	log  string        // file for the server's log; it is thrown away else
	with string        // the binary to measure; built from here when empty
	set  settings      // settings of the server beside the bench's own
}

// settings are NAME=value, as often as one likes.
type settings []string

// String is what flag prints.
func (s *settings) String() string { return strings.Join(*s, " ") }

// Set takes one of them.
func (s *settings) Set(v string) error {
	if name, _, found := strings.Cut(v, "="); !found || name == "" {
		return fmt.Errorf("give NAME=value")
	}
	*s = append(*s, v)
	return nil
}

func parseOptions(args []string, told io.Writer) (options, error) {
	var o options
	var only string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(told)
	f.DurationVar(&o.span, "for", 10*time.Second, "how long each measurement takes")
	f.DurationVar(&o.warm, "warm", 2*time.Second, "how long it runs before that without being counted")
	f.StringVar(&only, "only", "", "comma-separated measures: "+strings.Join(measureNames(), " "))
	f.BoolVar(&o.json, "json", false, "print JSON")
	f.StringVar(&o.keep, "keep", "", "folder in which to keep the raw figures with the machine's description")
	f.StringVar(&o.dir, "dir", "", "folder for the database, for the sake of its disk; the system's temporary folder when empty")
	f.StringVar(&o.log, "log", "", "file for the server's log, which is thrown away when empty")
	f.StringVar(&o.with, "binary", "", "binary to measure, to compare with another; built from this checkout when empty")
	f.Var(&o.set, "set", "NAME=value, a setting of the server; may be repeated")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag; see -help", f.Arg(0))
	}
	if o.span <= 0 || o.span > 10*time.Minute || o.warm < 0 || o.warm > time.Minute {
		return o, fmt.Errorf("-for is more than 0s and at most 10m, -warm 0s to 1m")
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	return o, checkNames(o.only)
}
