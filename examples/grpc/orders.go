package main

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/latchkey/latchkey/guard"
)

// orders is the service. What protoc makes of a .proto file stands below by hand.
type orders struct{}

// list streams what the caller has ordered.
func (orders) list(s grpc.ServerStream) error {
	who, _ := s.Context().Value(whoKey{}).(guard.Identity)
	return s.SendMsg(wrapperspb.String("orders of " + who.UserID + " in " + who.TenantID))
}

func (orders) create(context.Context, *wrapperspb.StringValue) (*emptypb.Empty, error) {
	return new(emptypb.Empty), nil
}

func (orders) remove(context.Context, *wrapperspb.StringValue) (*emptypb.Empty, error) {
	return new(emptypb.Empty), nil
}

func register(s *grpc.Server) {
	grpc_health_v1.RegisterHealthServer(s, health.NewServer())
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: "shop.Orders",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			{MethodName: "Create", Handler: unary("/shop.Orders/Create", orders.create)},
			{MethodName: "Delete", Handler: unary("/shop.Orders/Delete", orders.remove)},
		},
		Streams: []grpc.StreamDesc{{
			StreamName: "List", ServerStreams: true,
			Handler: func(service any, s grpc.ServerStream) error {
				if err := s.RecvMsg(new(emptypb.Empty)); err != nil {
					return err
				}
				return service.(orders).list(s)
			},
		}},
	}, orders{})
}

type method func(orders, context.Context, *wrapperspb.StringValue) (*emptypb.Empty, error)

// unary is the handler of a call.
func unary(name string, do method) grpc.MethodHandler {
	return func(service any, ctx context.Context, decode func(any) error, around grpc.UnaryServerInterceptor) (any, error) {
		in := new(wrapperspb.StringValue)
		if err := decode(in); err != nil {
			return nil, err
		}
		call := func(ctx context.Context, in any) (any, error) {
			return do(service.(orders), ctx, in.(*wrapperspb.StringValue))
		}
		return around(ctx, in, &grpc.UnaryServerInfo{Server: service, FullMethod: name}, call)
	}
}
