// Command latchkey is the whole service in one binary: it serves, it runs
// everything embedded for development, and it looks after settings and keys.
//
// It only wires: settings become stores, stores become rules, rules become
// doors. What is decided is decided in the packages under internal.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"reflect"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	Serve       serveCmd    `cmd:"" help:"Serve in production; needs a way to send mail."`
	Dev         devCmd      `cmd:"" help:"Serve on loopback with everything embedded and a mailbox at /dev/mail."`
	Gateway     gatewayCmd  `cmd:"" help:"Guard other services: a reverse proxy with a table of routes."`
	Tenant      tenantCmd   `cmd:"" help:"Make and look after tenants."`
	User        userCmd     `cmd:"" help:"Make and look after accounts."`
	Role        roleCmd     `cmd:"" help:"Make and look after the roles of a tenant."`
	OperatorKey operatorCmd `cmd:"" name:"operator-key" help:"Make and revoke the keys of those who run the deployment."`
	APIKey      apiKeyCmd   `cmd:"" name:"api-key" help:"Make and revoke the API keys of services."`
	Keys        keysCmd     `cmd:"" help:"List and rotate the keys that sign access tokens."`
	Audit       auditCmd    `cmd:"" help:"Verify and export the record of what happened."`
	Import      importCmd   `cmd:"" help:"Take over what another system knew."`
	Store       storeCmd    `cmd:"" help:"Copy a deployment into another database."`
	Migrate     migrateCmd  `cmd:"" help:"Bring the schema of every database up to date and stop."`
	Doctor      doctorCmd   `cmd:"" help:"Look at everything a deployment leans on, and say how to mend what is wrong."`
	Health      healthCmd   `cmd:"" help:"Ask the server on this machine whether it is up, or ready."`
	Config      configCmd   `cmd:"" help:"Print the settings in force and where each comes from."`
	Version     versionCmd  `cmd:"" help:"Print the version."`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// execute runs one command of this process and returns the exit code.
func execute(ctx context.Context, args []string) int {
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "latchkey:", err)
		return 1
	}
	return command(ctx, args, &console{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ(), Dir: dir})
}

// command runs one command and returns the exit code: 0, 1 when it failed, 2 when
// the command line or a setting is wrong.
func command(ctx context.Context, args []string, w *console) int {
	var line commands
	equip(reflect.ValueOf(&line).Elem(), args)
	parser, err := kong.New(&line, kong.Name("latchkey"), kong.UsageOnError(), kong.Vars{"version": thisBuild().String()}, kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(w.Out, w.Err),
		kong.Description("Self-hosted, multi-tenant authentication. Settings come from flags, the environment and .env; see latchkey config."))
	if err != nil {
		fmt.Fprintln(w.Err, "latchkey:", err)
		return 1
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(w.Err, "latchkey: %v (see latchkey --help)\n", err)
		return 2
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	err = parsed.Run(w)
	var wrong problems
	var misused misuse
	switch {
	case errors.As(err, &misused):
		fmt.Fprintf(w.Err, "latchkey: %v\n", misused)
		return 2
	case errors.As(err, &wrong):
		fmt.Fprintln(w.Err, wrong)
		return 2
	case err != nil:
		fmt.Fprintln(w.Err, "latchkey:", err)
		return 1
	}
	return 0
}
