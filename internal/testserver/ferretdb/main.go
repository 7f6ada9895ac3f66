// Command ferretdb serves the MongoDB protocol for tests where no mongod is to
// be had: FerretDB v1 on SQLite files, behind a [turnstile]. It is a module of its
// own, so that what it needs is in nobody's go.mod, and knows nothing of Latchkey.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	folder := flag.String("folder", "", "folder for the database files, which must be there")
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := serve(ctx, *folder, *listen, func(address string) { fmt.Fprintln(os.Stdout, address) })
	if err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

// serve runs the server until ctx ends, and tells its address when it listens.
func serve(ctx context.Context, folder, listen string, tell func(address string)) error {
	// The files are for one test: what a power cut would do to them is nobody's concern.
	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder + "/?_pragma=synchronous(off)",
		Logger:    slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- db.Run(ctx) }()
	inner, err := url.Parse(db.MongoDBURI())
	if err == nil {
		err = admit(ctx, listen, &turnstile{server: inner.Host}, tell)
	}
	cancel()
	return errors.Join(err, <-ended)
}

// admit listens, tells where, and lets connections in until ctx ends.
func admit(ctx context.Context, listen string, t *turnstile, tell func(address string)) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.Close() })()
	tell(l.Addr().String())
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		go t.pass(ctx, conn)
	}
}
