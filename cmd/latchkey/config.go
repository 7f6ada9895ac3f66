package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A console is what a command sees of the world around it.
type console struct {
	In       io.Reader
	Out, Err io.Writer
	Environ  []string // as [os.Environ]
	Dir      string   // working directory
}

// configCmd prints the settings in force, secrets masked.
type configCmd struct {
	settingFlags
	Dev  bool `help:"Print what latchkey dev would run with."`
	JSON bool `name:"json" help:"Print a JSON array."`
}

// Run prints the settings, and on standard error the names in .env that are
// none. Its error has a line for each problem.
func (c *configCmd) Run(w *console) error {
	mode := modeTool
	if c.Dev {
		mode = modeDev
	}
	_, force, err := loadSettings(mode, c.given(), w.Environ, w.Dir)
	if err != nil {
		return err
	}
	if len(force.Unused) > 0 {
		if _, err := fmt.Fprintf(w.Err, "not used by latchkey: %s\n", strings.Join(force.Unused, ", ")); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(w.Out, force.Values)
	}
	columns := tabwriter.NewWriter(w.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "NAME\tVALUE\tORIGIN")
	for _, value := range force.Values {
		fmt.Fprintf(columns, "%s\t%s\t%s\n", value.Name, value.Value, value.Origin)
	}
	return columns.Flush()
}

// printJSON prints for programs, indented, with a line break at the end.
func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
