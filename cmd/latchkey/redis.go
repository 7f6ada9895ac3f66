package main

import (
	"net"
	"net/url"
	"strconv"

	"github.com/latchkey/latchkey/internal/auth"
)

// Redis is the URL of the Redis server, as REDIS_URL says or, with the seed's
// names, REDIS_HOST and what belongs to it; "" when there is none.
func (s Settings) Redis() auth.Secret {
	if s.RedisURL != "" || s.RedisHost == "" {
		return s.RedisURL
	}
	u := url.URL{Scheme: "redis", Host: net.JoinHostPort(s.RedisHost, strconv.Itoa(s.RedisPort))}
	if s.RedisUser != "" || s.RedisPassword != "" {
		u.User = url.UserPassword(s.RedisUser, s.RedisPassword.Reveal())
	}
	return auth.Secret(u.String())
}
