package main

import (
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOptions(t *testing.T) {
	o, err := parseOptions([]string{"-for", "3s", "-warm=0s", "-only", "bare,check", "-set", "LOG_LEVEL=warn", "-set", "A=b=c"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := options{span: 3 * time.Second, only: []string{"bare", "check"}, set: settings{"LOG_LEVEL=warn", "A=b=c"}}
	if diff := cmp.Diff(o, want, cmp.AllowUnexported(options{})); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-for", "0s"}, {"-for", "11m"}, {"-warm", "-1s"}, {"-only", "bare,nothing"}, {"-set", "LOG_LEVEL"}, {"-set", "=x"}, {"bare"}, {"-nothing"},
	} {
		if o, err := parseOptions(args, io.Discard); err == nil {
			t.Errorf("%q was taken as %+v", args, o)
		}
	}
}
