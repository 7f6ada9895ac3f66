package auth

import "time"

// OTPPolicy says when a login needs a mailed code.
type OTPPolicy string

// When a login needs a mailed code.
const (
	OTPInherit OTPPolicy = ""      // as the deployment says
	OTPOff     OTPPolicy = "off"   // never
	OTPEmail   OTPPolicy = "email" // always
)

// SignUpPolicy says who may make an account.
type SignUpPolicy string

// Who may make an account.
const (
	SignUpInherit SignUpPolicy = ""       // as the deployment says
	SignUpOpen    SignUpPolicy = "open"   // anyone
	SignUpClosed  SignUpPolicy = "closed" // nobody, by this way
)

// Policy is what a tenant decides for itself. Each zero field means: as the
// deployment says. It is stored as JSON with the tenant.
type Policy struct {
	OTP            OTPPolicy    `json:"otp,omitempty"`
	SignUp         SignUpPolicy `json:"signUp,omitempty"`
	AllowedOrigins []string     `json:"allowedOrigins,omitzero"`
	// BrowserTokens lets a page script ask for tokens in the body with
	// x-token-delivery: body.
	BrowserTokens *bool  `json:"browserTokens,omitempty"`
	Language      string `json:"language,omitempty"` // of mails: "en", "ko"
}

// over fills what p leaves open from the deployment's policy.
func (p Policy) over(deployment Policy) Policy {
	if p.OTP == OTPInherit {
		p.OTP = deployment.OTP
	}
	if p.SignUp == SignUpInherit {
		p.SignUp = deployment.SignUp
	}
	if p.AllowedOrigins == nil {
		p.AllowedOrigins = deployment.AllowedOrigins
	}
	if p.BrowserTokens == nil {
		p.BrowserTokens = deployment.BrowserTokens
	}
	if p.Language == "" {
		p.Language = deployment.Language
	}
	return p.withDefaults()
}

// withDefaults says what holds where nobody says anything.
func (p Policy) withDefaults() Policy {
	if p.OTP == OTPInherit {
		p.OTP = OTPEmail
	}
	if p.SignUp == SignUpInherit {
		p.SignUp = SignUpOpen
	}
	return p
}

// Lifetimes are the lives of what a login gives out. The zero value of a field
// means its default.
type Lifetimes struct {
	Access  time.Duration // of an access token; 15 minutes
	Refresh time.Duration // of a session that nobody refreshes; 7 days
	Session time.Duration // of a session in all; 90 days
	Grace   time.Duration // in which the last refresh token may come again; 10 s, negative: none
}

func (l Lifetimes) withDefaults() Lifetimes {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&l.Access, 15*time.Minute)
	set(&l.Refresh, 7*24*time.Hour)
	set(&l.Session, 90*24*time.Hour)
	set(&l.Grace, 10*time.Second)
	return l
}

// The budget of mailed codes (SECURITY.md §1; NIST SP 800-63B-4 §3.2.2: a new
// code does not reset the count of failures).
const (
	codeLife         = 5 * time.Minute
	codeTries        = 5
	codeFailures     = 20 // per account, over all codes
	codeFailureSpan  = 24 * time.Hour
	codeMails        = 5 // per account
	codeMailSpan     = time.Hour
	codeDeliveryTime = 10 * time.Second // how long a login waits for the mail server
)
