package jwt

import (
	"testing"
	"time"
)

// BenchmarkVerify measures a token at first sight (nothing remembered) and one that is known.
func BenchmarkVerify(b *testing.B) {
	began := time.Now()
	for _, s := range signers(b) {
		token := s.good(b)
		for _, size := range []int{-1, 0} {
			name := "known"
			if size < 0 {
				name = "first"
			}
			r := &ring{}
			r.set(s.key(b))
			v := onRing(b, r, size)
			v.now = func() time.Time { return start.Add(time.Since(began)) } // what a real clock costs
			b.Run(string(s.alg)+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := v.Verify(token); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkVerifyKnownParallel(b *testing.B) {
	s := ecSigner(b, "es")
	v, token := verifier(b, s.key(b)), s.good(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := v.Verify(token); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSign(b *testing.B) {
	for _, s := range signers(b) {
		b.Run(string(s.alg), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Sign(goodClaims(), s.kid, s.alg, s.private); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
