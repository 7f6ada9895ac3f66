package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// passwordMost bounds what is read as a password, in bytes; the rules have a
// bound of their own in characters.
const passwordMost = 4 << 10

// askPassword reads a new password: all of standard input but the end of its
// line, or what somebody types twice at a terminal.
func askPassword(ctx context.Context, w *console, stdin bool) (auth.Secret, error) {
	if stdin {
		return readPassword(w.In)
	}
	terminal, ok := w.In.(*os.File)
	if !ok || !isTerminal(terminal) {
		return "", misuse("a password is needed: give it on standard input with --password-stdin, or run the command at a terminal")
	}
	first, err := typed(ctx, terminal, w.Err, "Password: ")
	if err != nil {
		return "", err
	}
	again, err := typed(ctx, terminal, w.Err, "Once more: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("the two passwords differ; run the command again")
	}
	return first, nil
}

func readPassword(in io.Reader) (auth.Secret, error) {
	text, err := io.ReadAll(io.LimitReader(in, passwordMost+1))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	switch {
	case len(text) == 0:
		return "", errors.New("there is no password on standard input; print it there, without anything else")
	case len(text) > passwordMost:
		return "", errors.New("what is on standard input is too long for a password")
	case bytes.ContainsAny(text, "\r\n"):
		return "", errors.New("there is more than one line on standard input; print the password there, without anything else")
	}
	return auth.Secret(text), nil
}

// typed asks for a line that the terminal does not show. An interrupt leaves
// the terminal as it was.
func typed(ctx context.Context, terminal *os.File, out io.Writer, question string) (auth.Secret, error) {
	if _, err := fmt.Fprint(out, question); err != nil {
		return "", err
	}
	show, err := hideTyping(terminal)
	if err != nil {
		return "", fmt.Errorf("the terminal would show the password (%w); use --password-stdin", err)
	}
	var line string
	read := make(chan error, 1)
	go func() {
		var err error
		line, err = bufio.NewReaderSize(terminal, passwordMost).ReadString('\n')
		read <- err
	}()
	select {
	case err = <-read:
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), show())
	}
	if err := errors.Join(err, show()); err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	_, err = fmt.Fprintln(out)
	return auth.Secret(strings.TrimRight(line, "\r\n")), err
}
