package main

import (
	"net"
	"net/smtp"
	"strconv"
	"testing"
)

func TestSinkTakesMail(t *testing.T) {
	s, err := newSink()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port()))
	for range 2 {
		if err := smtp.SendMail(address, nil, "a@example.com", []string{"b@example.com"}, []byte("Subject: x\r\n\r\n.\r\nQUIT\r\n")); err != nil {
			t.Error(err)
		}
	}
}
