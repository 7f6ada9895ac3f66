package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/latchkey/latchkey/guard"
)

// rules says what a method needs beyond a token.
var rules = map[string][]guard.Rule{
	"/grpc.health.v1.Health/Check": {guard.Public()},
	"/shop.Orders/Create":          {guard.Permissions("orders:write")},
	"/shop.Orders/Delete":          {guard.Roles("admin")},
}

// authorize puts the guard's question as the HTTP/2 request that a call is.
func authorize(ctx context.Context, g *guard.Guard, method string) (context.Context, error) {
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: method}, Header: http.Header{}}
	sent, _ := metadata.FromIncomingContext(ctx)
	for _, name := range []string{"authorization", "x-access-token", "x-tenant-id", "x-space-id"} {
		r.Header[http.CanonicalHeaderKey(name)] = sent.Get(name)
	}
	who, err := g.Authorize(r.WithContext(ctx), rules[method]...)
	if err != nil {
		return nil, refusal(err)
	}
	return context.WithValue(ctx, whoKey{}, who), nil
}

// refusal is a guard's error in gRPC's words.
func refusal(err error) error {
	var why guard.Error
	if !errors.As(err, &why) {
		return status.Error(codes.Internal, "the caller could not be checked")
	}
	code, known := map[int]codes.Code{400: codes.InvalidArgument, 401: codes.Unauthenticated, 403: codes.PermissionDenied, 503: codes.Unavailable}[why.Status]
	if !known {
		code = codes.Internal
	}
	return status.Error(code, why.Code+": "+why.Message)
}

type whoKey struct{}

// stream is a stream with the context in which the caller is known: as of its beginning. One that lasts has to ask again.
type stream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s stream) Context() context.Context { return s.ctx }
