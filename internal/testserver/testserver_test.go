package testserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/latchkey/latchkey/internal/testserver"
)

func TestMain(m *testing.M) { os.Exit(testserver.Run(m)) }

func TestPostgresDatabasesAreApart(t *testing.T) {
	for range 2 {
		conn, err := pgx.Connect(t.Context(), testserver.Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "CREATE TABLE mine (id int)"); err != nil {
			t.Error("in a new database:", err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestRedisAnswers(t *testing.T) {
	u, err := url.Parse(testserver.Redis(t))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "PING\r\n")
	if got, err := bufio.NewReader(conn).ReadString('\n'); got != "+PONG\r\n" {
		t.Errorf("PING: got %q, %v", got, err)
	}
}

func TestMongoAnswers(t *testing.T) {
	u, err := url.Parse(testserver.Mongo(t))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// OP_MSG with {ping: 1, $db: "admin"}; the answer has a document in its place.
	ping := "\x33\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00" + "\x00\x00\x00\x00\x00" +
		"\x1e\x00\x00\x00\x10ping\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00"
	fmt.Fprint(conn, ping)
	answer := make([]byte, 21)
	if _, err := io.ReadFull(conn, answer); err != nil || answer[8] != 1 {
		t.Errorf("ping: got %x, %v; want an answer to message 1", answer, err)
	}
}
