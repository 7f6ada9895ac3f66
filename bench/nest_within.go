package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// within is how many session checks the door has answered by its own clock, from
// the command that was read to the answer that is ready, and how many of them in
// 200 µs. What lies between that and the asker's clock are two sockets and three
// programs that wait for two cores.
type within struct{ fast, all float64 }

// nestWithin asks a server of ours for its metrics.
func nestWithin(ctx context.Context, address string) (within, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", http.NoBody)
	if err != nil {
		return within{}, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return within{}, err
	}
	defer answer.Body.Close()
	return readWithin(answer.Body)
}

func readWithin(metrics io.Reader) (w within, err error) {
	const name, of = "latchkey_nest_request_seconds", `command="auth.session.validate"`
	lines, found := bufio.NewScanner(metrics), 0
	for lines.Scan() {
		series, value, _ := strings.Cut(lines.Text(), " ")
		var into *float64
		switch series {
		case name + "_bucket{" + of + `,le="0.0002"}`:
			into = &w.fast
		case name + "_count{" + of + "}":
			into = &w.all
		default:
			continue
		}
		if *into, err = strconv.ParseFloat(value, 64); err != nil {
			return w, fmt.Errorf("%s: %w", series, err)
		}
		found++
	}
	if err = lines.Err(); err == nil && found != 2 {
		err = errors.New("the metrics of the Nest door have no session checks")
	}
	return w, err
}

// since is the share of those answered after another look that were fast, in
// percent.
func (w within) since(before within) float64 {
	if w.all <= before.all {
		return 0
	}
	return 100 * (w.fast - before.fast) / (w.all - before.all)
}
