package main

import "strings"

// notYet says why a value asks for more than this version has, or returns "".
// It is the one list of what is missing: what arrives is deleted here.
func notYet(name, text string) string {
	scheme, _, _ := strings.Cut(text, ":")
	switch name {
	case "AUTH_SERVICE_TCP_PORT":
		return "the NestJS TCP door is not in this version; unset it and use HTTP"
	case "DATABASE_URL":
		switch scheme {
		case "postgres", "postgresql", "mongodb", "mongodb+srv":
			return `"` + scheme + `" databases are not in this version; use sqlite:PATH`
		}
	case "MONGO_URI":
		return "MongoDB is not in this version; unset it and use DATABASE_URL=sqlite:PATH"
	case "REDIS_URL", "REDIS_HOST":
		return "Redis is not in this version; unset it, one instance needs none"
	}
	return ""
}
