package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/device"
	"github.com/latchkey/latchkey/internal/httpd"
	"github.com/latchkey/latchkey/internal/nest"
	"github.com/latchkey/latchkey/internal/rpcd"
)

// listenNest opens the ports of the NestJS door; none, where it is closed.
func listenNest(ctx context.Context, s Settings, log *slog.Logger) (sockets []net.Listener, err error) {
	numbers := s.NestPorts
	if len(numbers) == 0 {
		return nil, nil
	}
	if s.NestMore != 0 && !slices.Contains(numbers, s.NestMore) {
		numbers = append(slices.Clone(numbers), s.NestMore)
	}
	var secure *tls.Config
	if s.NestCert != "" {
		if secure, err = nestTLS(s, log); err != nil {
			return nil, err
		}
	}
	for _, number := range numbers {
		var listen net.ListenConfig
		socket, err := listen.Listen(ctx, "tcp", net.JoinHostPort(s.NestHost, strconv.Itoa(number)))
		if err != nil {
			closeAll(sockets)
			return nil, fmt.Errorf("listen: %w (is the NestJS service still running? AUTH_SERVICE_TCP_PORT and TENANT_SERVICE_TCP_PORT choose other ports)", err)
		}
		if secure != nil {
			socket = tls.NewListener(socket, secure)
		}
		sockets = append(sockets, socket)
	}
	return sockets, nil
}

func closeAll(sockets []net.Listener) {
	for _, socket := range sockets {
		_ = socket.Close() // nobody has been let in yet
	}
}

// openNest wires the NestJS door.
func (a *app) openNest() {
	door := rpcd.New(rpcd.Config{
		Service: a.service, Gate: a.gate, DeviceName: device.Name, Mark: httpd.WithRequestID, Tenants: a.settings.NestTenants,
		Log: a.log, Metrics: a.registry,
	})
	a.nest = nest.NewServer(nest.Config{Handler: door, Log: a.log})
}

// answerNest serves the NestJS door on its sockets until ctx ends and what was
// asked by then is answered.
func (a *app) answerNest(ctx context.Context, sockets []net.Listener) error {
	if len(sockets) == 0 {
		return nil
	}
	var serving sync.WaitGroup
	for _, socket := range sockets {
		a.log.Info("listening for NestJS clients", "address", socket.Addr().String(), "tls", a.settings.NestCert != "")
		serving.Go(func() {
			if err := a.nest.Serve(socket); !errors.Is(err, nest.ErrServerClosed) {
				a.log.Error("the NestJS door has closed", "error", err.Error())
			}
		})
	}
	<-ctx.Done()
	time.Sleep(a.settings.DrainDelay)
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := a.nest.Shutdown(patience)
	serving.Wait()
	return err
}
