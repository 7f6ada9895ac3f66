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
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	Serve   serveCmd   `cmd:"" help:"Serve in production; needs a way to send mail."`
	Dev     devCmd     `cmd:"" help:"Serve on loopback with everything embedded and a mailbox at /dev/mail."`
	Keys    keysCmd    `cmd:"" help:"List and rotate the keys that sign access tokens."`
	Audit   auditCmd   `cmd:"" help:"Verify and export the record of what happened."`
	User    userCmd    `cmd:"" help:"Unlock an account."`
	Migrate migrateCmd `cmd:"" help:"Bring the database's schema up to date and stop."`
	Doctor  doctorCmd  `cmd:"" help:"Look at everything a deployment leans on, and say how to mend what is wrong."`
	Config  configCmd  `cmd:"" help:"Print the settings in force and where each comes from."`
	Version versionCmd `cmd:"" help:"Print the version."`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// execute runs one command and returns the exit code: 0, 1 when it failed, 2 when
// the command line or a setting is wrong.
func execute(ctx context.Context, args []string) int {
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "latchkey:", err)
		return 1
	}
	line := commands{
		Serve: serveCmd{settingFlags: newSettingFlags()}, Dev: devCmd{settingFlags: newSettingFlags()},
		Migrate: migrateCmd{settingFlags: newSettingFlags()}, Config: configCmd{settingFlags: newSettingFlags()},
		Doctor: doctorCmd{settingFlags: newSettingFlags()}, User: userCmd{Unlock: userUnlockCmd{settingFlags: newSettingFlags()}},
		Audit: auditCmd{Verify: auditVerifyCmd{settingFlags: newSettingFlags()}, Export: auditExportCmd{settingFlags: newSettingFlags()}},
		Keys:  keysCmd{List: keysListCmd{settingFlags: newSettingFlags()}, Rotate: keysRotateCmd{settingFlags: newSettingFlags()}},
	}
	parser, err := kong.New(&line, kong.Name("latchkey"), kong.UsageOnError(), kong.Vars{"version": thisBuild().String()}, kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Description("Self-hosted, multi-tenant authentication. Settings come from flags, the environment and .env; see latchkey config."))
	if err != nil {
		fmt.Fprintln(os.Stderr, "latchkey:", err)
		return 1
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "latchkey: %v (see latchkey --help)\n", err)
		return 2
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	err = parsed.Run(&console{Out: os.Stdout, Err: os.Stderr, Environ: os.Environ(), Dir: dir})
	var wrong problems
	switch {
	case errors.As(err, &wrong):
		fmt.Fprintln(os.Stderr, wrong)
		return 2
	case err != nil:
		fmt.Fprintln(os.Stderr, "latchkey:", err)
		return 1
	}
	return 0
}
