package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDotenvReads(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "A=b", "b"},
		{"empty", "A=", ""},
		{"spaces around", "  A =  b  ", "b"},
		{"tabs around", "\tA\t=\tb\t", "b"},
		{"export", "export A=b", "b"},
		{"export and a tab", "export\tA=b", "b"},
		{"equals inside", "A=b=c==", "b=c=="},
		{"comment after", "A=b # c", "b"},
		{"hash inside", "A=b#c", "b#c"},
		{"hash first", "A=#c", "#c"},
		{"comment alone", "A= # c", ""},
		{"spaces inside", "A=b c  d", "b c  d"},
		{"quote inside", `A=it's "b"`, `it's "b"`},
		{"single quotes", `A='b # "c" \n'`, `b # "c" \n`},
		{"double quotes", `A="b # 'c'"`, `b # 'c'`},
		{"escapes", `A="b\nc\"d\\e\tf"`, "b\nc\"d\\e\\tf"},
		{"quotes keep spaces", `A=" b "`, " b "},
		{"comment after quotes", `A="b" # c`, "b"},
		{"empty quotes", `A=''`, ""},
		{"nothing is expanded", "A=${HOME}$(id)", "${HOME}$(id)"},
		{"CRLF", "A=b\r\n", "b"},
		{"CRLF after quotes", "A=\"b\"\r\n", "b"},
		{"byte order mark", "\ufeffA=b", "b"},
		{"not ASCII", "A=빗장", "빗장"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines, faults := parseDotenv([]byte(tt.text))
			want := []envLine{{Name: "A", Text: tt.want, Line: 1}}
			if diff := cmp.Diff(want, lines); diff != "" || faults != nil {
				t.Errorf("faults %v, -want +got:\n%s", faults, diff)
			}
		})
	}
}

func TestDotenvCountsLines(t *testing.T) {
	got, faults := parseDotenv([]byte("# a comment\r\n\r\nA=1\n\n  # more\nexport B=2\nA=3"))
	want := []envLine{{"A", "1", 3}, {"B", "2", 6}, {"A", "3", 7}}
	if diff := cmp.Diff(want, got); diff != "" || faults != nil {
		t.Errorf("faults %v, -want +got:\n%s", faults, diff)
	}
}

func TestDotenvRefusesWithoutRepeatingTheLine(t *testing.T) {
	const canary = "c4n4ry"
	for _, tt := range []struct{ name, text, want string }{
		{"no equals", "A c4n4ry", "there is no =;"},
		{"export alone", "export", "there is no =;"},
		{"no name", "=c4n4ry", "the name before = is not one;"},
		{"a space in the name", "A B=c4n4ry", "the name before = is not one;"},
		{"export without a name", "export =c4n4ry", "the name before = is not one;"},
		{"open single quote", "A='c4n4ry", "the quote is not closed"},
		{"open double quote", `A="c4n4ry`, "the quote is not closed"},
		{"escaped last quote", `A="c4n4ry\"`, "the quote is not closed"},
		{"backslash last", `A="c4n4ry\`, "the quote is not closed"},
		{"two lines", "A=\"c4n4ry\nB=c\"", "the quote is not closed"},
		{"text after a quote", `A="b"c4n4ry`, "something follows the closing quote"},
		{"hash at a quote", `A='b'#c4n4ry`, "something follows the closing quote"},
		{"two quoted", `A='b' 'c4n4ry'`, "something follows the closing quote"},
		{"control character", "A=b\ac4n4ry", "the value holds a control character"},
		{"lone carriage return", "A=b\rc4n4ry", "the value holds a control character"},
		{"not UTF-8", "A=\xffc4n4ry", "the file is not UTF-8 text"},
		{"UTF-16", "A\x00=\x00b\x00", "the file is not UTF-8 text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, faults := parseDotenv([]byte(tt.text))
			if len(faults) == 0 {
				t.Fatal("no fault")
			}
			got := faults[0].Err.Error()
			if !strings.HasPrefix(got, tt.want) || strings.Contains(got, canary) || faults[0].Line != 1 {
				t.Errorf("got line %d, %q; want line 1, %q…", faults[0].Line, got, tt.want)
			}
		})
	}
}

// FuzzDotenv: what is written in single quotes comes back as it was, and the
// reader neither panics nor invents names, whatever the file.
func FuzzDotenv(f *testing.F) {
	for _, seed := range []string{"A=b", "export A='b'\r\n", "\ufeffA=\"b\\n\" # c", "A", "=", "A=\"", "A='b'c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		lines, faults := parseDotenv([]byte(file))
		if len(lines)+len(faults) > strings.Count(file, "\n")+1 {
			t.Errorf("%d variables and %d faults in %d lines", len(lines), len(faults), strings.Count(file, "\n")+1)
		}
		for _, line := range lines {
			if !envName.MatchString(line.Name) || !strings.Contains(file, line.Name) {
				t.Errorf("read the name %q", line.Name)
			}
			if strings.ContainsAny(line.Text, "'\n\r") {
				continue
			}
			again, faults := parseDotenv([]byte(line.Name + "='" + line.Text + "'"))
			want := []envLine{{line.Name, line.Text, 1}}
			if diff := cmp.Diff(want, again); diff != "" || faults != nil {
				t.Errorf("faults %v, -want +got:\n%s", faults, diff)
			}
		}
	})
}
