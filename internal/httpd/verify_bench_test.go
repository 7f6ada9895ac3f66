package httpd_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkVerify is what a proxy waits for at each of its requests, without the
// network: for a person, who is held in memory, and for a service, whose key is
// read each time.
func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	for name, token := range map[string]string{
		"person": w.join(b, "").AccessToken, "service": string(w.serviceKey(b, "default", 0).Key),
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/auth/verify?tenant=default", nil)
			r.Header.Set("Authorization", "Bearer "+token)
			b.ReportAllocs()
			for b.Loop() {
				answer := httptest.NewRecorder()
				if w.door.ServeHTTP(answer, r); answer.Code != http.StatusOK {
					b.Fatalf("%d %s", answer.Code, answer.Body)
				}
			}
		})
	}
}
