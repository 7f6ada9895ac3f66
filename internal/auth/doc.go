// Package auth holds the rules of Latchkey: who may sign up and log in, what a
// session is, when a refresh token rotates and when a session ends.
//
// It knows neither HTTP nor SQL. A rule has the shape
//
//	func (s *Service) SignIn(ctx context.Context, by Caller, in SignInInput) (SignInResult, error)
//
// and a door (HTTP, Nest TCP, command line) turns it into a route or a command.
// What a rule needs of a database it asks of the interfaces in store.go, whose
// methods are atomic promises; what it needs of memory, mail and time it asks
// of [Live], [Mailer] and [Service.Now].
package auth
