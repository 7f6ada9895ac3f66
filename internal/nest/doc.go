// Package nest speaks the TCP protocol of NestJS microservices
// (Transport.TCP of @nestjs/microservices 11 and 12), as a server and as a
// client. It knows frames, packets and connections, and bounds what a peer can
// make it hold; what a command means it does not know, and of who sends one it
// knows no more than an address and, with TLS, that the listener let it in.
package nest
