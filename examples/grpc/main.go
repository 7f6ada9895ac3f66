// Command grpc is an orders API behind guard, with gRPC: one interceptor for calls
// and one for streams, and for some methods what they need beyond a token.
package main

import (
	"context"
	"log"
	"net"
	"os"

	"google.golang.org/grpc"

	"github.com/latchkey/latchkey/guard"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	g, err := guard.New(guard.Config{
		Issuer: os.Getenv("LATCHKEY_URL"),                  // such as https://auth.example.com
		Feed:   guard.Feed{Key: os.Getenv("LATCHKEY_KEY")}, // lks_…, with the scope revocations:read
	})
	if err != nil {
		return err
	}
	defer g.Close()
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", ":8080")
	if err != nil {
		return err
	}
	return server(g).Serve(listener)
}

func server(g *guard.Guard) *grpc.Server {
	s := grpc.NewServer(
		grpc.UnaryInterceptor(func(ctx context.Context, in any, call *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			ctx, err := authorize(ctx, g, call.FullMethod)
			if err != nil {
				return nil, err
			}
			return next(ctx, in)
		}),
		grpc.StreamInterceptor(func(in any, s grpc.ServerStream, call *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			ctx, err := authorize(s.Context(), g, call.FullMethod)
			if err != nil {
				return err
			}
			return next(in, stream{s, ctx})
		}),
	)
	register(s)
	return s
}
