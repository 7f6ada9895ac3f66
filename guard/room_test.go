package guard

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

type noNetwork struct{}

func (noNetwork) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("there is no network")
}

// However many API keys are made up, those in memory are bounded.
func TestServiceKeysInMemoryAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, err := New(Config{Issuer: "https://auth.example.com", Client: &http.Client{Transport: noNetwork{}}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = g.Close() }() // nothing is under way
		for i := range maxServices + 100 {
			if _, err := g.services.verify(t.Context(), fmt.Sprint("lks_", i), ""); err == nil {
				t.Fatal("a key was let in")
			}
			if got := len(g.services.seen); got != min(i+1, maxServices) {
				t.Fatalf("got %d keys in memory after %d", got, i+1)
			}
		}
		time.Sleep(time.Minute)
		if g.services.room(); len(g.services.seen) >= maxServices {
			t.Errorf("got %d keys in memory", len(g.services.seen))
		}
	})
}
