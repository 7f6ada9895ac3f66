package guard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// answer is what a short call brought.
type answer struct {
	status int
	body   []byte
}

// get asks Latchkey for something small. It ends with the guard, or after five seconds. Its errors hold no header.
func (g *Guard) get(address string, h http.Header, most int64) (answer, error) {
	ctx, cancel := context.WithTimeout(g.ctx, callTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil) //nolint:gosec // the address is of the configuration, never of a token
	if err != nil {
		return answer{}, err
	}
	r.Header = h
	res, err := g.config.Client.Do(r) //nolint:gosec // likewise
	if err != nil {
		return answer{}, short(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if err != nil {
		return answer{}, short(err)
	}
	if int64(len(body)) > most {
		return answer{}, fmt.Errorf("the answer is longer than %d bytes", most)
	}
	return answer{res.StatusCode, body}, nil
}

// short leaves out the address, which whoever logs the error has.
func short(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
