package nest

import (
	"io"
	"strings"
	"testing"
)

// A request of the size that a gateway asks about a session with.
const typical = `{"pattern":{"cmd":"auth.session.validate"},"data":{"sid":"0198c0de-7a11-7000-8000-000000000001","req":{"user":{"sub":"0198c0de-7a11-7000-8000-000000000002"}}},"id":"123bd9f442f7034fdece3"}`

// BenchmarkPingPong is one request at a time: what the protocol adds to a
// command's own time, with both ends in this process.
func BenchmarkPingPong(b *testing.B) {
	b.ReportAllocs()
	_, addr := startServer(b, Config{Handler: echo})
	p := dialPeer(b, addr)
	frame, answer := framed(typical), make([]byte, len(typical)*2)
	p.write(frame)
	first, err := p.next()
	if err != nil {
		b.Fatal(err)
	}
	answer = answer[:len(framed(first))]
	for b.Loop() {
		p.write(frame)
		if _, err := io.ReadFull(p.Conn, answer); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInFlight is 64 requests at a time, written and read together.
func BenchmarkInFlight(b *testing.B) {
	b.ReportAllocs()
	_, addr := startServer(b, Config{Handler: echo})
	p := dialPeer(b, addr)
	frame := framed(typical)
	p.write(frame)
	first, err := p.next()
	if err != nil {
		b.Fatal(err)
	}
	const n = 64
	frames, answers := strings.Repeat(frame, n), make([]byte, n*len(framed(first)))
	for b.Loop() {
		p.write(frames)
		if _, err := io.ReadFull(p.Conn, answers); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "requests/s")
}

func BenchmarkFrames(b *testing.B) {
	for name, frame := range map[string]string{"typical": framed(typical), "Korean": framed(`"` + strings.Repeat("로그인 ", 100) + `"`), "large": framed(`"` + strings.Repeat("x", maxUnits-2) + `"`)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			r := strings.NewReader(frame)
			f := newFrameReader(r)
			for b.Loop() {
				r.Reset(frame)
				if _, err := f.next(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkPackets(b *testing.B) {
	for name, body := range map[string]string{"typical": typical, "deep": `{"pattern":` + brackets(100_000) + `,"id":1}`, "commas": "{" + strings.Repeat(",", maxUnits-2) + "}"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			in := []byte(body)
			for b.Loop() {
				p, _, _ := readPacket(in) // the commas are no packet
				command(p.pattern)
			}
		})
	}
}
