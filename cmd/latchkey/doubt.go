package main

// doubts says what is allowed and probably not meant.
func doubts(mode runMode, s Settings) []string {
	var all []string
	host := s.BaseURL.Hostname()
	if mode == modeServe && isLoopback(host) {
		all = append(all, "APP_BASE_URL is "+s.BaseURL.String()+": tokens and mails name that address, which others cannot reach; set it to the public one")
	}
	if s.BaseURL.Scheme == "http" && !isLoopback(host) && s.SecureCookies() {
		all = append(all, "APP_BASE_URL is http: browsers drop the cookies, which are Secure; put TLS in front and write https")
	}
	return all
}
