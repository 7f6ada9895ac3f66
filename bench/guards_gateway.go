package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// timeGateway measures what the gateway adds: as fast as it goes, and at half of
// that, beside the service without it at the same rate.
func (b *bench) timeGateway(ctx context.Context, key string) (err error) {
	port, err := freePort()
	if err != nil {
		return err
	}
	table := fmt.Sprintf("listen: 127.0.0.1:%d\nissuer: http://localhost\nauth: http://%s\nkey_env: BENCH_KEY\nupstreams: {bare: {url: \"http://%s\"}}\nroutes: [{path: %s, upstream: bare}]\n",
		port, b.address, b.bare.address, barePath)
	path := filepath.Join(b.dir, "gateway.yaml")
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		return err
	}
	log, err := b.logFile()
	if err != nil {
		return err
	}
	defer log.Close()
	address := fmt.Sprintf("127.0.0.1:%d", port)
	p, err := start(ctx, func(c *exec.Cmd) {
		c.Dir, c.Env, c.Stderr = b.dir, []string{"PATH=" + os.Getenv("PATH"), "BENCH_KEY=" + key}, log
	}, b.binary, "gateway", "--config", path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := await(ctx, p, address, "/readyz"); err != nil {
		return err
	}
	who, err := b.signUp(ctx)
	if err != nil {
		return err
	}
	proxy, err := startBareAs(ctx, bareProxyCommand, []byte(b.bare.address))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, proxy.stop()) }()
	return b.compareGateway(ctx, &bareServer{p, address}, proxy, get(barePath, who.access))
}

// compareGateway measures the gateway and a proxy that does nothing else: as
// fast as each goes, then both at half of what the gateway did, beside the service
// without either.
func (b *bench) compareGateway(ctx context.Context, gateway, proxy *bareServer, request []byte) error {
	var full [2]sample
	for i, s := range []*bareServer{gateway, proxy} {
		var err error
		if full[i], err = (load{address: s.address, on: s.process, conns: widest, warm: b.warm, span: b.span, step: func(int) step { return always(request, http.StatusOK, "") }}).run(ctx); err != nil {
			return err
		}
	}
	every := time.Duration(float64(time.Second) * 2 * widest / full[0].rate()) // of each connection, for half the rate
	var half [3]sample
	for i, s := range []*bareServer{gateway, proxy, b.bare} {
		var err error
		if half[i], err = b.paced(ctx, s.address, request, every); err != nil {
			return err
		}
	}
	added := func(name string, i int, percentile func(sample) time.Duration) result {
		return duration("added by "+name, widest, percentile(half[i])-percentile(half[2])).comment(fmt.Sprintf("%s through it, %s without, at %s/s", latency(percentile(half[i])), latency(percentile(half[2])), number(half[i].rate())))
	}
	median, slowest := func(s sample) time.Duration { return s.P50 }, func(s sample) time.Duration { return s.P99 }
	floor := added("a bare proxy at that load, 99th", 1, slowest)
	b.add(
		rate("through the gateway", full[0]).over("a bare proxy", full[1].rate()),
		rate("through a bare proxy", full[1]),
		added("the gateway at half load, median", 0, median), added("a bare proxy at that load, median", 1, median),
		added("the gateway at half load, 99th", 0, slowest).over("a bare proxy", floor.Value).wantAtMost(1), floor,
	)
	return nil
}

// paced asks at a fixed rate on many connections. What it measures begins when
// a request is sent, on connections that take turns.
func (b *bench) paced(ctx context.Context, address string, request []byte, every time.Duration) (sample, error) {
	took := make([][]time.Duration, widest)
	last := make([]time.Time, widest)
	begin := time.Now()
	var all sync.WaitGroup
	errs := make([]error, widest)
	for i := range widest {
		c, err := dial(address, time.Now().Add(halfSpan+patience))
		if err != nil {
			return sample{}, err
		}
		defer c.close()
		all.Go(func() {
			ask := always(request, http.StatusOK, "")
			for next := begin.Add(every * time.Duration(i) / widest); next.Before(begin.Add(halfSpan)) && ctx.Err() == nil; next = next.Add(every) {
				time.Sleep(time.Until(next))
				at := time.Now()
				if errs[i] = ask(c); errs[i] != nil {
					return
				}
				last[i] = time.Now()
				took[i] = append(took[i], last[i].Sub(at))
			}
		})
	}
	all.Wait()
	return newSample(widest, begin, last, took), errors.Join(errs...)
}
