package password

import (
	"context"
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
				if m, err := h.Verify(context.Background(), hash, bench.plain); err != nil || !m.OK {
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
