package device

import (
	"strings"
	"testing"
)

const (
	win     = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
	mac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
	linux   = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
	android = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
	iphone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	ipad    = "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	wv      = "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A.240205.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36"
)

var agents = []struct{ agent, want string }{
	// Chrome
	{win + "Chrome/126.0.0.0 Safari/537.36", "Chrome on Windows"},
	{mac + "Chrome/126.0.0.0 Safari/537.36", "Chrome on macOS"},
	{linux + "Chrome/126.0.0.0 Safari/537.36", "Chrome on Linux"},
	{android + "Chrome/126.0.6478.122 Mobile Safari/537.36", "Chrome on Android"},
	{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36", "Chrome on Android"},
	{"Mozilla/5.0 (Linux; Android 9; SM-T510 Build/PPR1.180610.011) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/83.0.4103.106 Safari/537.36", "Chrome on Android"},
	{iphone + "CriOS/126.0.6478.153 Mobile/15E148 Safari/604.1", "Chrome on iPhone"},
	{ipad + "CriOS/126.0.6478.153 Mobile/15E148 Safari/604.1", "Chrome on iPad"},
	{"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36", "Chrome on ChromeOS"},
	{linux + "HeadlessChrome/126.0.0.0 Safari/537.36", "Headless Chrome on Linux"},
	// Firefox
	{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Windows"},
	{"Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on macOS"},
	{"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Linux"},
	{"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0", "Firefox on Linux"},
	{"Mozilla/5.0 (X11; FreeBSD amd64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on FreeBSD"},
	{"Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", "Firefox on Android"},
	{iphone + "FxiOS/127.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"},
	{ipad + "FxiOS/127.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPad"},
	// Safari
	{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15", "Safari on macOS"},
	{iphone + "Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iPhone"},
	{ipad + "Version/17.5 Mobile/15E148 Safari/604.1", "Safari on iPad"},
	{"Mozilla/5.0 (iPod touch; CPU iPhone OS 12_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.0 Mobile/15A5341f Safari/604.1", "Safari on iPod"},
	// Edge
	{win + "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge on Windows"},
	{mac + "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge on macOS"},
	{linux + "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge on Linux"},
	{android + "Chrome/126.0.0.0 Mobile Safari/537.36 EdgA/126.0.0.0", "Edge on Android"},
	{iphone + "Version/17.0 EdgiOS/126.0.2592.86 Mobile/15E148 Safari/605.1.15", "Edge on iPhone"},
	{win + "Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763", "Edge on Windows"},
	{"Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15063", "Edge on Windows Phone"},
	// Opera, Samsung, Brave and others
	{win + "Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0", "Opera on Windows"},
	{mac + "Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0", "Opera on macOS"},
	{linux + "Chrome/124.0.0.0 Safari/537.36 OPR/110.0.0.0", "Opera on Linux"},
	{android + "Chrome/124.0.0.0 Mobile Safari/537.36 OPR/82.0.0.0", "Opera on Android"},
	{iphone + "Version/17.5 Mobile/15E148 Safari/604.1 OPT/4.7.0", "Opera on iPhone"},
	{"Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18", "Opera on Windows"},
	{"Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16", "Opera Mini on Android"},
	{"Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android"},
	{mac + "Brave/1.67 Chrome/126.0.0.0 Safari/537.36", "Brave on macOS"},
	{iphone + "Version/17.5 Brave/1 Mobile/15E148 Safari/604.1", "Brave on iPhone"},
	{win + "Chrome/126.0.0.0 Safari/537.36 Vivaldi/6.8.3381.44", "Vivaldi on Windows"},
	{win + "Chrome/124.0.0.0 YaBrowser/24.6.0.0 Safari/537.36", "Yandex Browser on Windows"},
	{win + "Chrome/126.0.0.0 Whale/3.27.254.15 Safari/537.36", "Whale on Windows"},
	{iphone + "Version/17.5 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15", "DuckDuckGo on iPhone"},
	{"Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer on Windows"},
	{"Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)", "Internet Explorer on Windows"},
	{"Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile HuaweiBrowser/5.0.4.300", "Huawei Browser on HarmonyOS"},
	{"Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0.4606.128 Safari/537.36 WebAppManager", "Chrome on TV"},
	// Pages inside apps
	{wv, "Android app"},
	{iphone + "Mobile/15E148", "iPhone app"},
	{ipad + "Mobile/15E148", "iPad app"},
	{wv + " [FB_IAB/FB4A;FBAV/470.0.0.0;]", "Facebook on Android"},
	{iphone + "Mobile/21F79 [FBAN/FBIOS;FBAV/470.0.0.39.105;FBBV/1]", "Facebook on iPhone"},
	{iphone + "Mobile/21F79 Instagram 335.0.5.28.96 (iPhone13,2; iOS 17_5; en_US)", "Instagram on iPhone"},
	{wv + " KAKAOTALK 2410850", "KakaoTalk on Android"},
	{iphone + "GSA/322.0 Mobile/15E148 Safari/604.1", "Google app on iPhone"},
	{mac + "Slack/4.39.90 Chrome/126.0.0.0 Electron/31.0.2 Safari/537.36", "Slack on macOS"},
	{win + "Chrome/126.0.0.0 Electron/31.0.2 Safari/537.36", "Desktop app on Windows"},
	// Programs
	{"curl/8.5.0", "curl"},
	{"Wget/1.21.3", "Wget"},
	{"Go-http-client/1.1", "Go program"},
	{"python-requests/2.32.3", "Python requests"},
	{"Python-urllib/3.12", "Python program"},
	{"Python/3.12 aiohttp/3.9.5", "Python program"},
	{"PostmanRuntime/7.39.0", "Postman"},
	{"insomnia/9.2.0", "Insomnia"},
	{"HTTPie/3.2.2", "HTTPie"},
	{"node", "node"},
	{"axios/1.7.2", "node"},
	{"okhttp/4.12.0", "Android app"},
	{"Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A.240205.002)", "Android app"},
	{"Dart/3.4 (dart:io)", "Dart/Flutter app"},
	{"Java/17.0.11", "Java program"},
	{"GuzzleHttp/7", "PHP program"},
	{"Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.4522", "PowerShell on Windows"},
	{"MyApp/2.1 (com.example.MyApp; build:7; iOS 17.5.0) Alamofire/5.9.1", "MyApp"},
	{"MyApp/7 CFNetwork/1496.0.7 Darwin/23.5.0", "MyApp"},
	{"%EB%82%B4%EC%95%B1/7 CFNetwork/1496.0.7 Darwin/23.5.0", "Apple app"},
	{"MyApp", "MyApp"},
	// Robots
	{"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"},
	{"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36", "Bingbot"},
	{"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", "GPTBot"},
	{"Mozilla/5.0 (compatible; +https://evil.example/x)", "Web robot"},
	{"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "Facebook robot"},
	{"Twitterbot/1.0", "Twitterbot"},
	// Nothing to go by
	{"", Unknown},
	{"   ", Unknown},
	{"Mozilla/5.0", Unknown},
	{"Mozilla/5.0 ()", Unknown},
	{"/", Unknown},
	{"12345", Unknown},
	{"evil.example/1.0", Unknown},
	{"<script>alert(1)</script>", Unknown},
	{"a\x00b/1", Unknown},
	{"curl\r\nx: y", Unknown},
	{"\u202egnp.exe/1", Unknown},
	{"\xff\xfe", Unknown},
	{strings.Repeat("a", longestProduct), strings.Repeat("a", longestProduct)},
	{strings.Repeat("a", longestProduct+1), Unknown},
	{win + strings.Repeat("x", 1<<20), "Windows app"},
}

func TestName(t *testing.T) {
	for _, a := range agents {
		if got := Name(a.agent); got != a.want {
			t.Errorf("%.160q\n got %q\nwant %q", a.agent, got, a.want)
		}
	}
}

func FuzzName(f *testing.F) {
	for _, a := range agents {
		f.Add(a.agent[:min(len(a.agent), longestAgent)])
	}
	f.Fuzz(func(t *testing.T, agent string) {
		got := Name(agent)
		if got == "" || len(got) > longestProduct+len(" on Nintendo Switch") {
			t.Errorf("Name(%q) = %q, want a short name", agent, got)
		}
		if bad := strings.Trim(got, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+/ "); bad != "" {
			t.Errorf("Name(%q) = %q, want plain characters only", agent, got)
		}
	})
}
