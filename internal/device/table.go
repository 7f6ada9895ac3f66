package device

import "github.com/mileusna/useragent"

// programs are the names of what is not a browser, by product in lower case.
var programs = map[string]string{
	"alamofire":           "Apple app",
	"apache-httpclient":   "Java program",
	"axios":               "node",
	"bun":                 "Bun",
	"curl":                "curl",
	"dalvik":              "Android app",
	"dart":                "Dart/Flutter app",
	"deno":                "Deno",
	"facebookexternalhit": "Facebook robot",
	"go-http-client":      "Go program",
	"go-resty":            "Go program",
	"got":                 "node",
	"guzzlehttp":          "PHP program",
	"httpie":              "HTTPie",
	"insomnia":            "Insomnia",
	"java":                "Java program",
	"java-http-client":    "Java program",
	"libcurl":             "curl",
	"libcurl-agent":       "curl",
	"libwww-perl":         "Perl program",
	"node":                "node",
	"node-fetch":          "node",
	"okhttp":              "Android app",
	"php":                 "PHP program",
	"postmanruntime":      "Postman",
	"python":              "Python program",
	"python-httpx":        "Python program",
	"python-requests":     "Python requests",
	"python-urllib":       "Python program",
	"python-urllib3":      "Python program",
	"reqwest":             "Rust program",
	"ruby":                "Ruby program",
	"undici":              "node",
	"wget":                "Wget",
	"windowspowershell":   "PowerShell",
}

// browsers are our names for those that the parser finds.
var browsers = map[string]string{
	useragent.Opera:            "Opera",
	useragent.OperaMini:        "Opera Mini",
	useragent.OperaTouch:       "Opera",
	useragent.Chrome:           "Chrome",
	useragent.HeadlessChrome:   "Headless Chrome",
	useragent.Firefox:          "Firefox",
	useragent.InternetExplorer: "Internet Explorer",
	useragent.Safari:           "Safari",
	useragent.Edge:             "Edge",
	useragent.Vivaldi:          "Vivaldi",
	useragent.SamsungBrowser:   "Samsung Internet",
	useragent.FacebookApp:      "Facebook",
	useragent.InstagramApp:     "Instagram",
	useragent.TiktokApp:        "TikTok",
	useragent.NetFront:         "NetFront",
	"Huawei Browser":           "Huawei Browser",
	"Miui Browser":             "Mi Browser",
	"Android browser":          "Android Browser",
	"Electron":                 "Desktop app",
}

// systems are our names for those that the parser finds. That of an iPhone and
// an iPad is in systemMarks.
var systems = map[string]string{
	useragent.Windows:      "Windows",
	useragent.WindowsPhone: "Windows Phone",
	useragent.Android:      "Android",
	useragent.MacOS:        "macOS",
	useragent.IOS:          "iPhone",
	useragent.Linux:        "Linux",
	useragent.FreeBSD:      "FreeBSD",
	useragent.ChromeOS:     "ChromeOS",
	useragent.BlackBerry:   "BlackBerry",
	useragent.Harmony:      "HarmonyOS",
}

// mark is a piece of a User-Agent that says more than what the parser finds.
// The first of a list that fits counts.
type mark struct{ in, name string }

var applicationMarks = []mark{
	{"PowerShell/", "PowerShell"},
	{"KAKAOTALK", "KakaoTalk"},
	{"NAVER(inapp", "NAVER"},
	{" Line/", "LINE"},
	{"MicroMessenger/", "WeChat"},
	{"FBAN/", "Facebook"},
	{"FB_IAB/", "Facebook"},
	{" Instagram ", "Instagram"},
	{"BytedanceWebview/", "TikTok"},
	{" GSA/", "Google app"},
	{"YaBrowser/", "Yandex Browser"},
	{" Whale/", "Whale"},
	{"DuckDuckGo/", "DuckDuckGo"},
	{" Ddg/", "DuckDuckGo"},
	{"Brave/", "Brave"},
	{"Brave Chrome/", "Brave"},
	{"UCBrowser/", "UC Browser"},
	{" Silk/", "Silk"},
	{"MiuiBrowser/", "Mi Browser"},
	{"HuaweiBrowser/", "Huawei Browser"},
	{"Vivaldi/", "Vivaldi"},
	{"Thunderbird/", "Thunderbird"},
	{"EdgA/", "Edge"},
	{"OPX/", "Opera"},
	{"Trident/", "Internet Explorer"},
}

var systemMarks = []mark{
	{"iPad", "iPad"},
	{"iPod", "iPod"},
	{"Windows Phone", "Windows Phone"},
	{"Xbox", "Xbox"},
	{"PlayStation", "PlayStation"},
	{"Nintendo Switch", "Nintendo Switch"},
	{"SMART-TV", "TV"},
	{"SmartTV", "TV"},
	{"Web0S", "TV"},
	{"OpenHarmony", "HarmonyOS"},
	{"CrOS ", "ChromeOS"},
	{"FreeBSD", "FreeBSD"},
	{"OpenBSD", "OpenBSD"},
}

var robotMarks = []mark{
	{"Googlebot", "Googlebot"},
	{"bingbot", "Bingbot"},
	{"Applebot", "Applebot"},
	{"YandexBot", "YandexBot"},
	{"GPTBot", "GPTBot"},
	{"ChatGPT-User", "ChatGPT"},
	{"ClaudeBot", "ClaudeBot"},
	{"AdsBot-Google", "Googlebot"},
	{"Mediapartners-Google", "Googlebot"},
	{"AhrefsBot", "AhrefsBot"},
	{"SemrushBot", "SemrushBot"},
	{"Baiduspider", "Baiduspider"},
	{"DuckDuckBot", "DuckDuckBot"},
	{"UptimeRobot", "UptimeRobot"},
}
