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
	through, direct := get(barePath, who.access), get(barePath, "")
	full, err := load{address: address, on: p, conns: widest, warm: b.warm, span: b.span, step: func(int) step { return always(through, http.StatusOK, "") }}.run(ctx)
	if err != nil {
		return err
	}
	every := time.Duration(float64(time.Second) * 2 * widest / full.rate()) // of each connection, for half the rate
	half, err := b.paced(ctx, address, through, every)
	if err != nil {
		return err
	}
	alone, err := b.paced(ctx, b.bare.address, direct, every)
	if err != nil {
		return err
	}
	b.add(
		rate("through the gateway", full),
		duration("added by the gateway at half load, median", widest, half.P50-alone.P50),
		duration("added by the gateway at half load, 99th", widest, half.P99-alone.P99).wantAtMost(1).comment(fmt.Sprintf("%s through it, %s without, at %s/s", latency(half.P99), latency(alone.P99), number(half.rate()))),
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
