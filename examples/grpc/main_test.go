package main

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
)

func TestOrders(t *testing.T) {
	issuer := guardtest.New(t)
	c := dial(t, issuer.Guard())
	user := issuer.Token(guardtest.User{})
	for _, test := range []struct {
		name, token, method string
		want                codes.Code
	}{
		{"anybody sees health", "", "/grpc.health.v1.Health/Check", codes.OK},
		{"nobody watches health", "", "/grpc.health.v1.Health/Watch", codes.Unauthenticated},
		{"nobody streams without a token", "", "/shop.Orders/List", codes.Unauthenticated},
		{"nobody calls without a token", "", "/shop.Orders/Create", codes.Unauthenticated},
		{"nor with another's", "not-a-token", "/shop.Orders/Create", codes.Unauthenticated},
		{"a user streams", user, "/shop.Orders/List", codes.OK},
		{"a user does not write", user, "/shop.Orders/Create", codes.PermissionDenied},
		{"who may write writes", issuer.Token(guardtest.User{Permissions: []string{"orders:write"}}), "/shop.Orders/Create", codes.OK},
		{"a service writes", issuer.ServiceKey("orders:write"), "/shop.Orders/Create", codes.OK},
		{"a user does not delete", user, "/shop.Orders/Delete", codes.PermissionDenied},
		{"an admin deletes", issuer.Token(guardtest.User{Role: "admin"}), "/shop.Orders/Delete", codes.OK},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := c.ask(t, test.method, test.token); status.Code(err) != test.want {
				t.Errorf("%s: got %v, want %v", test.method, err, test.want)
			}
		})
	}

	t.Run("a stream knows who asks, until they log out", func(t *testing.T) {
		token := issuer.Token(guardtest.User{ID: "0198c0de-0000-7000-8000-0000000000aa", TenantID: "acme", SessionID: "s1"})
		got, err := c.ask(t, "/shop.Orders/List", token)
		if err != nil || got != "orders of 0198c0de-0000-7000-8000-0000000000aa in acme" {
			t.Fatalf("got %q, %v", got, err)
		}
		issuer.EndSession("s1", "logout")
		if _, err := c.ask(t, "/shop.Orders/List", token); status.Code(err) != codes.Unauthenticated {
			t.Errorf("afterwards: got %v", err)
		}
	})
}

type client struct{ conn *grpc.ClientConn }

// dial starts the server on a wire of its own.
func dial(t *testing.T, g *guard.Guard) client {
	t.Helper()
	wire, s := bufconn.Listen(1<<16), server(g)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(wire) }()
	conn, err := grpc.NewClient("passthrough:orders", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return wire.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		s.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return client{conn}
}

// ask calls a method and returns what a stream says.
func (c client) ask(t *testing.T, method, token string) (string, error) {
	ctx := t.Context()
	if token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	}
	if !strings.HasSuffix(method, "/List") && !strings.HasSuffix(method, "/Watch") {
		return "", c.conn.Invoke(ctx, method, new(emptypb.Empty), new(emptypb.Empty))
	}
	s, err := c.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
	if err != nil {
		return "", err
	}
	if err := s.SendMsg(new(emptypb.Empty)); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if err := s.CloseSend(); err != nil {
		return "", err
	}
	var said wrapperspb.StringValue
	err = s.RecvMsg(&said)
	return said.GetValue(), err
}
