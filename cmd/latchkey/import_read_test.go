package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// readAll reads a file of an import: each record by its line, with the user's
// e-mail address, or what is wrong with it.
func readAll(t *testing.T, next func() (record, error)) (read []string) {
	t.Helper()
	for {
		r, err := next()
		if errors.Is(err, io.EOF) {
			return read
		}
		if err != nil {
			t.Fatal(err)
		}
		what := r.user.Email
		if r.err != nil {
			what = "! " + r.err.Error()
		}
		read = append(read, fmt.Sprintf("%d %s", r.line, what))
	}
}

func wantRead(t *testing.T, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const secretHash = "$2b$10$c4n4ryc4n4ryc4n4ryc4nuc4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc"

func TestJSONLinesAreReadStrictly(t *testing.T) {
	long := `{"name":"` + strings.Repeat("n", lineLimit) + `","email":"long@example.com"}`
	text := strings.Join([]string{
		"\xef\xbb\xbf" + `{"name":"Ann","email":"ann@example.com"}` + "\r",
		"", "  \t", `  {"name":"Ben","email":"ben@example.com","passwordHash":"` + secretHash + `"}  `,
		`{"name":"Col","email":"col@example.com","admin":true}`,
		`{"name":"Dot","name":"Eve","email":"dot@example.com"}`,
		`{"Name":"Fay","email":"fay@example.com"}`,
		`{"name":"Gus","email":"gus@example.com"} {}`,
		`{"name":"Hal","email":"hal@example.com","emailVerified":"` + secretHash + `"}`,
		`{"name":"Ivy","email":"ivy@example.com","createdAt":"` + secretHash + `"}`,
		`{"name":7,"email":"jan@example.com"}`,
		`["` + secretHash + `"]`,
		`{"name":"Kim","passwordHash":"` + secretHash,
		long,
		`{"name":"Lea","email":"lea@example.com"}`,
	}, "\n")
	wantRead(t, readAll(t, jsonLines{newLines(strings.NewReader(text))}.next), []string{
		"1 ann@example.com", "4 ben@example.com",
		`5 ! "admin" is not a known field`, `6 ! "name" is given twice`, `7 ! "Name" is not a known field`,
		"8 ! is not valid JSON in UTF-8",
		`9 ! "emailVerified" must be true or false`, `10 ! "createdAt" must be a time such as 2024-05-06T07:08:09Z`,
		`11 ! "name" must be a string`, "12 ! is no JSON object", "13 ! is not valid JSON in UTF-8",
		"14 ! is longer than 64 KiB", "15 lea@example.com",
	})
}

func TestCSVHasTheFieldsOfJSON(t *testing.T) {
	want := auth.ImportedUser{
		Name: "Lee, Ann", Email: "ann@example.com", PasswordHash: secretHash, Username: "ann", Nickname: "A \"Z\"\nL", Mobile: "+821012345678",
		Role: "admin", SpaceID: "seoul", EmailVerified: true, CreatedAt: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC),
	}
	text := "email,name,passwordHash,username,nickname,mobile,role,spaceId,emailVerified,disabled,createdAt\n" +
		`ann@example.com,"Lee, Ann",` + secretHash + `,ann,"A ""Z""` + "\n" + `L",+821012345678,admin,seoul,true,,2024-05-06T07:08:09Z` + "\n"
	records, err := newCSV(newLines(strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := records.next()
	if err != nil || got.err != nil {
		t.Fatal(err, got.err)
	}
	if diff := cmp.Diff(record{line: 2, user: want}, got, cmp.AllowUnexported(record{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	names, _ := columnsOf()
	if header, _, _ := strings.Cut(text, "\n"); len(strings.Split(header, ",")) != len(names) {
		t.Errorf("the columns are %q, and this test has %s", names, header)
	}
}

// TestALostQuoteCostsOneLine: what follows a record that cannot be read is read.
func TestALostQuoteCostsOneLine(t *testing.T) {
	text := strings.Join([]string{
		"\xef\xbb\xbfname,email,disabled,passwordHash", `Ann,ann@example.com,,`, "",
		`"Ben,ben@example.com,,`, `Col,col@example.com,true,`,
		`Dot,dot@example.com`, `Eve,eve@example.com,` + secretHash + `,`,
		`F"ay,fay@example.com,,`, `"Gus",gus@example.com,false,`,
		`Hal,hal@example.com,,` + strings.Repeat("h", lineLimit), `Ivy,ivy@example.com,,`,
		`"Jan,jan@example.com,,` + secretHash,
	}, "\r\n")
	records, err := newCSV(newLines(strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	wantRead(t, readAll(t, records.next), []string{
		"2 ann@example.com", "4 ! has a quote in the wrong place; double the quotes within a field and put quotes around it", "5 col@example.com",
		"6 ! has 2 columns, and the header 4", `7 ! "disabled" must be true or false`,
		"8 ! has a quote that is not closed", "9 gus@example.com",
		"10 ! is longer than 64 KiB", "11 ivy@example.com", "12 ! has a quote that is not closed",
	})
}

// TestARecordIsBounded: a quote that is closed far away holds no more than a
// record's worth in memory.
func TestARecordIsBounded(t *testing.T) {
	filler := strings.Repeat("x,y\n", lineLimit)
	records, err := newCSV(newLines(strings.NewReader("name,email\n\"Ann,ann@example.com\n" + filler + "\"\nBen,ben@example.com\n")))
	if err != nil {
		t.Fatal(err)
	}
	got := readAll(t, records.next)
	if len(got) != lineLimit+3 || got[0] != "2 ! has a quote that is not closed" || got[1] != "3 y" {
		t.Errorf("got %d records, the first %q", len(got), got[:2])
	}
	if last := got[len(got)-1]; !strings.HasSuffix(last, " ben@example.com") {
		t.Errorf("the last record is %q", last)
	}
}

func TestWrongHeadersAreRefused(t *testing.T) {
	for header, want := range map[string]string{
		"":                        "the file is empty; its first line must name the columns: name,email,passwordHash,",
		"name;email":              `the header has "name;email", which is no column`,
		"name,email,admin":        `the header has "admin", which is no column; there are name,email,`,
		"name,email,name":         "the header has name twice",
		"name,username":           "the header has no column email",
		"email":                   "the header has no column name",
		`"name,email`:             "the header has a quote that is not closed",
		"Ann,ann@example.com":     `the header has "Ann", which is no column`,
		"name, email":             `the header has "email", which is no column`,
		strings.Repeat("n", 1e5):  "the header is longer than 64 KiB",
		"name,email,passwordhash": `the header has "passwordhash", which is no column`,
	} {
		_, err := newCSV(newLines(strings.NewReader(header + "\n")))
		if header == "" {
			_, err = newCSV(newLines(strings.NewReader("")))
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %s", header, err, want)
		}
	}
}

// FuzzCSV: whatever the file, it is read to its end, no record holds more than
// may be, and lines only go up.
func FuzzCSV(f *testing.F) {
	f.Add("name,email\nAnn,ann@example.com\n\"B\nen\",ben@example.com\n")
	f.Add("email,name\n\"\"\"\n\n\",\",\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		records, err := newCSV(newLines(strings.NewReader("name,email\n" + text)))
		if err != nil {
			t.Fatal(err)
		}
		for before := 1; ; {
			r, err := records.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil || r.line <= before {
				t.Fatalf("line %d after %d: %v", r.line, before, err)
			}
			before = r.line
		}
	})
}

// TestRefusalsAreJSON: a program can read what was refused.
func TestRefusalsAreJSON(t *testing.T) {
	text, err := json.Marshal(refusal{Line: 3, Reason: "email is taken"})
	if want := `{"line":3,"reason":"email is taken"}`; string(text) != want || err != nil {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
}
