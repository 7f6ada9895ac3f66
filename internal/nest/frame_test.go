package nest

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

// captured are frames that real Nest clients and servers sent (NEST-TCP.md).
var captured = []string{
	`86#{"pattern":{"cmd":"echo"},"data":{"hello":"world","n":1},"id":"123bd9f442f7034fdece3"}`,
	`83#{"response":{"hello":"world","n":1},"isDisposed":true,"id":"123bd9f442f7034fdece3"}`,
	`68#{"pattern":"plain.string","data":"abc","id":"23bd9f442f7034fdece3f"}`,
	`102#{"err":{"status":"error","message":"plain text error"},"isDisposed":true,"id":"bd9f442f7034fdece3f8b"}`,
	`123#{"id":"42f7034fdece3f8b2cd90","status":"error","err":"There is no matching message handler defined in the remote service."}`,
	`48#{"isDisposed":true,"id":"2f7034fdece3f8b2cd902"}`,
	`56#{"pattern":"{\"cmd\":\"user.created\"}","data":{"id":7}}`,
	"137#{\"pattern\":{\"cmd\":\"echo\"},\"data\":{\"ko\":\"로그인 성공\",\"emoji\":\"🔑\",\"e\":\"é\",\"lone\":\"\\ud83d\",\"ls\":\"\u2028\",\"html\":\"<&>\"},\"id\":\"4fdece3f8b2cd902a4e4d\"}",
}

func bodyOf(frame string) string {
	_, body, _ := strings.Cut(frame, "#")
	return body
}

func TestFramesArePassedOn(t *testing.T) {
	all := strings.Join(captured, "")
	for name, r := range map[string]io.Reader{
		"at once":     strings.NewReader(all),
		"by bytes":    iotest.OneByteReader(strings.NewReader(all)),
		"by halves":   iotest.HalfReader(strings.NewReader(all)),
		"with an EOF": iotest.DataErrReader(strings.NewReader(all)),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFrameReader(r)
			for _, want := range captured {
				got, err := f.next()
				if err != nil || string(got) != bodyOf(want) {
					t.Fatalf("got %q, %v; want %q", got, err, bodyOf(want))
				}
			}
			if _, err := f.next(); !errors.Is(err, io.EOF) {
				t.Errorf("after the last frame: got %v, want EOF", err)
			}
		})
	}
}

// A frame that ends with a character of two units, which takes more bytes than
// units are left, must not eat of the next one.
func TestFrameEndsWhereItEnds(t *testing.T) {
	for _, text := range []string{"🔑", "a🔑", "🔑a", "é🔑é", "한🔑", strings.Repeat("🔑", 40_000), strings.Repeat("한", 70_000) + "🔑", strings.Repeat("a", piece-1) + "🔑"} {
		body := `"` + text + `"`
		frame := strconv.Itoa(len(utf16.Encode([]rune(body)))) + "#" + body
		for name, r := range map[string]io.Reader{"at once": strings.NewReader(frame + "2#{}"), "by bytes": iotest.OneByteReader(strings.NewReader(frame + "2#{}"))} {
			f := newFrameReader(r)
			got, err := f.next()
			if err != nil || string(got) != body {
				t.Fatalf("%s: got %d bytes, %v; want %d", name, len(got), err, len(body))
			}
			if got, err = f.next(); err != nil || string(got) != "{}" {
				t.Errorf("%s: the frame after it: got %q, %v", name, got, err)
			}
		}
	}
}

func TestMalformedFrames(t *testing.T) {
	for name, in := range map[string]string{
		"a sign":                 "+2#{}",
		"a minus":                "-2#{}",
		"a space before":         " 2#{}",
		"a space after":          "2 #{}",
		"a decimal":              "2.0#{}",
		"hexadecimal":            "0x2#{}",
		"ten digits":             "0000000002#{}",
		"no length":              "#{}",
		"nothing":                "0#",
		"a line end before":      "\n2#{}",
		"a byte order mark":      "\ufeff2#{}",
		"more than may be":       strconv.Itoa(maxUnits+1) + "#{}",
		"4 GB":                   "4294967296#{}",
		"999999999":              "999999999#{}",
		"half a pair":            `2#"🔑"`,
		"the first half of one":  "3#\"a🔑\"",
		"no UTF-8":               "4#\"\xff\"}",
		"a surrogate in UTF-8":   "5#\"\xed\xa0\x80\"",
		"an overlong slash":      "4#\"\xc0\xaf\"",
		"a character cut short":  "2#\"\xed2#{}",
		"beyond the last one":    "4#\xf4\x90\x80\x80",
		"a pair with other half": "1#🔑",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := newFrameReader(strings.NewReader(in)).next(); !errors.Is(err, errMalformed) {
				t.Errorf("got %q, %v; want a malformed frame", got, err)
			}
		})
	}
}

func TestFramesCutShort(t *testing.T) {
	for _, in := range []string{"8", "86", "86#", `86#{"pat`, "3#\"\xed\x95"} {
		if got, err := newFrameReader(strings.NewReader(in)).next(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: got %q, %v; want an unexpected end", in, got, err)
		}
	}
}

// A length is not believed: what is held grows with what came.
func TestLengthIsNoAllocation(t *testing.T) {
	in := strconv.Itoa(maxUnits) + "#" + `"short`
	f := newFrameReader(strings.NewReader(in))
	if _, err := f.next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	if got := cap(f.body); got > 2*piece {
		t.Errorf("%d bytes are held for a frame of which 6 came", got)
	}
}

// Who waits for the next frame holds neither a buffer nor a large body; behind a
// large frame others are read with less.
func TestIdleHoldsNothing(t *testing.T) {
	large := strconv.Itoa(maxUnits) + "#" + `"` + strings.Repeat("a", maxUnits-2) + `"`
	for name, in := range map[string]string{"at the end": large, "before another": large + "2#{}"} {
		f := newFrameReader(strings.NewReader(in))
		for range strings.Count(in, "#") {
			if _, err := f.next(); err != nil {
				t.Fatal(err)
			}
		}
		if f.r != nil {
			t.Errorf("%s: a buffer is held", name)
		}
		if _, err := f.next(); !errors.Is(err, io.EOF) || cap(f.body) > little {
			t.Errorf("%s: %d bytes are held, %v", name, cap(f.body), err)
		}
	}
}

func TestFramesAreWritten(t *testing.T) {
	for _, frame := range captured {
		out := string(appendFrame(nil, []byte(bodyOf(frame))))
		length, body, _ := strings.Cut(out, "#")
		if !ascii([]byte(out)) || length != strconv.Itoa(len(body)) {
			t.Errorf("%q: its length is not that of its bytes, or there is more than ASCII", out)
		}
	}
	got := string(appendFrame([]byte("before "), []byte(`"é한🔑"`)))
	if want := `before 26#"\u00e9\ud55c\ud83d\udd11"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzFrames(f *testing.F) {
	for _, frame := range captured {
		f.Add([]byte(frame))
	}
	f.Add([]byte("9#\"\xed\x95"))
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, pieces := newFrameReader(bytes.NewReader(in)), newFrameReader(iotest.OneByteReader(bytes.NewReader(in)))
		rest := in
		for {
			got, err := whole.next()
			again, errAgain := pieces.next()
			if !bytes.Equal(got, again) || (err == nil) != (errAgain == nil) {
				t.Fatalf("at once %q, %v; by bytes %q, %v", got, err, again, errAgain)
			}
			if err != nil {
				return
			}
			// What was read stands there, behind its length.
			_, behind, _ := bytes.Cut(rest, []byte("#"))
			if !bytes.HasPrefix(behind, got) {
				t.Fatalf("%q was read, which does not stand in %q", got, rest)
			}
			rest = behind[len(got):]
			if n := len(utf16.Encode([]rune(string(got)))); n == 0 || n > maxUnits {
				t.Fatalf("a frame of %d units", n)
			}
			if p, deep, err := readPacket(got); err == nil && !deep {
				command(p.pattern)
				// What is written of it can be read again.
				out := appendAnswer(nil, append([]byte{}, p.data...), p.data, nil)
				if _, err := newFrameReader(bytes.NewReader(out)).next(); err != nil && len(out) < maxUnits {
					t.Fatalf("our own frame %q cannot be read: %v", out, err)
				}
			}
		}
	})
}
