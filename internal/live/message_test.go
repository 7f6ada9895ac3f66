package live

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMessagesAreReadAsTheyWereMeant(t *testing.T) {
	long := strings.Repeat("i", longest)
	for _, tt := range []struct {
		name string
		add  func(*batch)
		want []message
	}{
		{"nothing", func(b *batch) { b.add(subject{saysSessions, "d"}) }, nil},
		{"sessions", func(b *batch) { b.add(subject{saysSessions, "d"}, "s1", "s2") },
			[]message{{saysSessions, "me", []string{"d", "s1", "s2"}}}},
		{"together", func(b *batch) {
			b.add(subject{saysAccounts, "d"}, "u1")
			b.add(subject{saysAccounts, "d"}, "u2")
		}, []message{{saysAccounts, "me", []string{"d", "u1", "u2"}}}},
		{"no directory", func(b *batch) { b.add(subject{says: saysSlugs}, "acme") },
			[]message{{saysSlugs, "me", []string{"", "acme"}}}},
		{"strange", func(b *batch) { b.add(subject{saysSessions, "a b"}, "", " ", "%20", "é\x00\xff", "a+b\n") },
			[]message{{saysSessions, "me", []string{"a b", "", " ", "%20", "é\x00\xff", "a+b\n"}}}},
		{"what nobody holds", func(b *batch) { b.add(subject{saysSessions, "d"}, long+"i", long) },
			[]message{{saysSessions, "me", []string{"d", long}}}},
		{"what fits nowhere", func(b *batch) { b.add(subject{saysSessions, strings.Repeat("d", 7000)}, "s") },
			[]message{{saysAll, "me", []string{}}}},
		{"all", func(b *batch) { b.add(subject{saysSessions, "d"}, "s"); b.all = true },
			[]message{{saysAll, "me", []string{}}}},
		{"reload", func(b *batch) { b.reload = true }, []message{{saysReload, "me", []string{}}}},
		{"all and reload", func(b *batch) { b.all, b.reload = true, true },
			[]message{{saysAll, "me", []string{}}, {saysReload, "me", []string{}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBatch()
			tt.add(b)
			var got []message
			for _, text := range b.messages("me") {
				m, ok := parse(text)
				if !ok {
					t.Errorf("%q cannot be read", text)
				}
				got = append(got, m)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(message{})); diff != "" {
				t.Errorf("want -, got +\n%s", diff)
			}
		})
	}
}

func TestLongListsAreSplit(t *testing.T) {
	ids := make([]string, 10_000)
	for i := range ids {
		ids[i] = fmt.Sprintf("01890a5d-ac96-774b-bcce-%012d", i)
	}
	b := newBatch()
	b.add(subject{saysSessions, "d"}, ids...)
	var got []string
	texts := b.messages(strings.Repeat("m", 26))
	for _, text := range texts {
		if len(text) > longestMessage {
			t.Errorf("got %d bytes, want %d at most", len(text), longestMessage)
		}
		m, _ := parse(text)
		got = append(got, m.about[1:]...)
	}
	if !slices.Equal(got, ids) {
		t.Errorf("got %d ids, want all %d", len(got), len(ids))
	}
	if want := 54; len(texts) != want {
		t.Errorf("got %d messages, want %d: they are filled", len(texts), want)
	}

	b.add(subject{saysSessions, "d"}, ids...) // and now too many
	if got, want := b.messages("me"), []string{"1* me"}; !slices.Equal(got, want) {
		t.Errorf("got %d messages, want %q", len(got), want)
	}
}

func TestWhatCannotBeReadIsNotGuessed(t *testing.T) {
	for _, text := range []string{
		"", " ", "1", "1s", "1s me", "1s me d", "2s me d s", "1x me", "1s me d %zz", "11s me d s", "\x00",
	} {
		if m, ok := parse(text); ok {
			t.Errorf("%q: got %+v", text, m)
		}
	}
	if _, ok := parse("2p somebody and more"); !ok {
		t.Error("the ping of another release cannot be read")
	}
}
