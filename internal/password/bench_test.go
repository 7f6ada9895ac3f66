package password

import (
	"context"
	"strconv"
	"testing"
)

// One verification under each setting of note; memory is B/op.
func BenchmarkVerify(b *testing.B) {
	for _, bench := range []struct {
		name  string
		c     Config
		plain string
	}{
		{"argon2id-19MiB", Config{}, "correct horse"},
		{"bcrypt-10", Config{BcryptCost: 10}, "correct horse"},
		{"bcrypt-10-marked", Config{BcryptCost: 10}, "correct horse\x00battery"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			h := newHasher(b, bench.c)
			hash := hashOf(b, h, bench.plain)
			b.ReportAllocs()
			for b.Loop() {
				if m, err := h.Verify(context.Background(), "acme", hash, bench.plain); err != nil || !m.OK {
					b.Fatal(m, err)
				}
			}
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if err := (Rules{}).Check("correct horse battery", "Alice Kim", "alice@example.com", "Latchkey"); err != nil {
			b.Fatal(err)
		}
	}
}

// What the pool itself costs a hash: alone, with 1,000 of 100 tenants waiting
// and one let in for each that comes, and with one put out for each.
func BenchmarkPool(b *testing.B) {
	crowd := func(b *testing.B) *pool {
		p := newPool(need{1, 1000}, 1000, 0)
		for i := range 1001 { // one runs
			if _, err := p.join(strconv.Itoa(i%100), one); err != nil {
				b.Fatal(err)
			}
		}
		return p
	}
	b.Run("free", func(b *testing.B) {
		p := newPool(need{1, 1000}, 1000, 0)
		b.ReportAllocs()
		for b.Loop() {
			if err := p.run(b.Context(), "acme", one, func() error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("queue", func(b *testing.B) {
		p := crowd(b)
		b.ReportAllocs()
		for b.Loop() {
			p.leave(one, 0)
			if w, err := p.join("acme", one); w == nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("full", func(b *testing.B) {
		p := crowd(b)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			w, err := p.join("acme", one)
			if err != nil {
				b.Fatal(err)
			}
			p.withdraw(w)
			if _, err := p.join(strconv.Itoa(i%100), one); err != nil {
				b.Fatal(err)
			}
		}
	})
}
