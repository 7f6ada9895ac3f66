package main

import "fmt"

// get makes a GET request, with an access token where one is given.
func get(path, token string) []byte {
	return request("GET", path, token, "")
}

// post makes a POST request with a JSON body.
func post(path, token, body string) []byte {
	return request("POST", path, token, body)
}

func request(method, path, token, body string) []byte {
	head := method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: latchkey-bench\r\n"
	if token != "" {
		head += "Authorization: Bearer " + token + "\r\n"
	}
	if body != "" {
		head += fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	} else if method == "POST" {
		head += "Content-Length: 0\r\n"
	}
	return []byte(head + "\r\n" + body)
}
