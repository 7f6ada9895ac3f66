package place_test

import (
	"bytes"
	"flag"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/latchkey/latchkey/internal/place"
)

var update = flag.Bool("update", false, "write testdata/places.mmdb anew")

// places is a file that knows loopback, for browser tests, and addresses of
// documentation (RFC 5737, RFC 3849).
const places = "testdata/places.mmdb"

func named(english string) mmdbtype.Map {
	return mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(english), "de": mmdbtype.String("?")}}
}

// written is the file as its writer makes it.
func written(t *testing.T) []byte {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Latchkey-Test", IncludeReservedNetworks: true, BuildEpoch: 1, DisableIPv4Aliasing: true})
	if err != nil {
		t.Fatal(err)
	}
	for network, entry := range map[string]mmdbtype.Map{
		"127.0.0.0/8":     {"city": named("Seoul"), "country": named("South Korea")},
		"::1/128":         {"city": named("Seoul"), "country": named("South Korea")},
		"203.0.113.0/24":  {"country": named("Germany")},
		"198.51.100.0/25": {"country": mmdbtype.Map{"iso_code": mmdbtype.String("FR")}},
		"2001:db8::/32":   {"city": named("São Paulo"), "country": named("Brazil")},
	} {
		_, n, err := net.ParseCIDR(network)
		if err == nil {
			err = w.Insert(n, entry)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOf(t *testing.T) {
	if *update {
		if err := os.WriteFile(places, written(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := place.Open(places)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for address, want := range map[string]string{
		"127.0.0.1": "Seoul, South Korea", "::1": "Seoul, South Korea", "203.0.113.7": "Germany", "::ffff:203.0.113.7": "Germany",
		"198.51.100.9": "FR", "2001:db8::5": "São Paulo, Brazil",
		"198.51.100.200": "", "10.0.0.1": "", "2001:db9::": "", "": "", "nowhere": "", "203.0.113.7:80": "",
	} {
		if got := f.Of(address); got != want {
			t.Errorf("%q is in %q, want %q", address, got, want)
		}
	}
}

// TestOpenRefuses what is no such file, and never panics.
func TestOpenRefuses(t *testing.T) {
	whole, err := os.ReadFile(places)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, body := range map[string][]byte{
		"empty": nil, "text": []byte("203.0.113.0/24,Germany\n"), "without its end": whole[:len(whole)/2], "its end alone": whole[len(whole)-60:],
	} {
		file := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
		if f, err := place.Open(file); err == nil {
			t.Errorf("%s: it is taken for a file of places: %q", name, f.Of("203.0.113.7"))
		}
	}
	for _, path := range []string{filepath.Join(dir, "nothing"), dir} {
		if _, err := place.Open(path); err == nil {
			t.Errorf("%s is taken for a file of places", path)
		}
	}
	for i := range whole { // every byte wrong in turn: an error or a wrong place, no more
		broken := bytes.Clone(whole)
		broken[i] ^= 0xff
		file := filepath.Join(dir, "broken")
		if err := os.WriteFile(file, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		if f, err := place.Open(file); err == nil {
			for _, address := range []string{"127.0.0.1", "203.0.113.7", "2001:db8::5"} {
				f.Of(address)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
