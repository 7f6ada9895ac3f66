package main

// notYet says why a value asks for more than this version has, or returns "".
// It is the one list of what is missing: what arrives is deleted here.
func notYet(name string) string {
	if name == "AUTH_SERVICE_TCP_PORT" {
		return "the NestJS TCP door is not in this version; unset it and use HTTP"
	}
	return ""
}
