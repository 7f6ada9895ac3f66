package migrate

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"unicode/utf16"
)

// A packet is what travels in a frame: a question, or the answer to one.
type packet struct {
	Pattern  *pattern        `json:"pattern,omitempty"`
	Data     any             `json:"data,omitempty"`
	ID       string          `json:"id"`
	Response json.RawMessage `json:"response,omitempty"`
	Err      json.RawMessage `json:"err,omitempty"`
	Disposed bool            `json:"isDisposed,omitempty"`
}

type pattern struct {
	Cmd string `json:"cmd"`
}

// writeFrame writes a body behind its length in UTF-16 units.
func writeFrame(w io.Writer, p packet) error {
	body, err := json.Marshal(p)
	if err == nil {
		_, err = fmt.Fprintf(w, "%d#%s", len(utf16.Encode([]rune(string(body)))), body)
	}
	return err
}

func readFrame(r *bufio.Reader) (p packet, err error) {
	head, err := r.ReadString('#')
	if err != nil {
		return p, err
	}
	units, err := strconv.Atoi(strings.TrimSuffix(head, "#"))
	if err != nil {
		return p, err
	}
	var body strings.Builder
	for units > 0 {
		c, _, err := r.ReadRune()
		if err != nil {
			return p, err
		}
		body.WriteRune(c)
		units -= utf16.RuneLen(c)
	}
	return p, json.Unmarshal([]byte(body.String()), &p)
}

// ask sends one command as Nest's client does, and returns what is answered.
func ask(address string, secure *tls.Config, cmd string, data any) (packet, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return packet{}, err
	}
	defer conn.Close()
	if secure != nil {
		conn = tls.Client(conn, secure)
	}
	if err := writeFrame(conn, packet{Pattern: &pattern{cmd}, Data: data, ID: "627a704215d00209e0acc"}); err != nil {
		return packet{}, err
	}
	return readFrame(bufio.NewReader(conn))
}

// An envelope is what every command answers.
type envelope struct {
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
	Meta    struct {
		Code   string `json:"code"`
		Reason string `json:"reason"`
	} `json:"meta"`
}

// envelope is the envelope of an answer, empty when it is an error.
func (p packet) envelope() (e envelope) {
	if json.Unmarshal(p.Response, &e) != nil {
		return envelope{}
	}
	return e
}
