// Package place says where an IP address is, from a file in the MaxMind DB format
// that the operator provides: GeoLite2 City or Country, DB-IP Lite and their like.
// Nothing is asked of anybody else.
package place

import (
	"cmp"
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
)

// File is an open file of places. Its methods may be called at once from anywhere.
type File struct{ db *maxminddb.Reader }

// Open opens a file, which stays open; a new one is taken up by the next Open.
// The error says what is wrong with it.
func Open(path string) (*File, error) {
	db, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("no file of places in the MaxMind DB format: %w", err)
	}
	f := &File{db}
	if _, err := f.look(netip.MustParseAddr("192.0.2.1")); err != nil { // one that is cut off or knows something else
		_ = db.Close() // it was only read
		return nil, fmt.Errorf("no file that says where addresses are: %w", err)
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.db.Close() }

// names are by language; the files that are free have no Korean ones.
type names struct {
	English string `maxminddb:"en"`
}

// record is as much of an entry as is told.
type record struct {
	City struct {
		Names names `maxminddb:"names"`
	} `maxminddb:"city"`
	Country struct {
		Names names  `maxminddb:"names"`
		Code  string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
}

func (f *File) look(a netip.Addr) (r record, err error) {
	err = f.db.Lookup(a.Unmap()).Decode(&r)
	return r, err
}

// Of is the place of an address, such as "Seoul, South Korea", in English; "" for
// what is no address, and for one whose place is not known.
func (f *File) Of(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	r, err := f.look(a)
	if err != nil {
		return ""
	}
	city, country := r.City.Names.English, cmp.Or(r.Country.Names.English, r.Country.Code)
	if city == "" || country == "" {
		return city + country
	}
	return city + ", " + country
}
