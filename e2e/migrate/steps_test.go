package migrate

// steps has every block of the page, in order.
var steps = []step{
	// 1: settings.
	{before: (*reader).seedsFileIsRefused, after: (*reader).settingsAreInForce},
	// 2: a dry run, and the import.
	{shows: []string{"is up to date", "mobile", "tenants: 3 read, 2 created", "This was a dry run"}, after: (*reader).dryRunWritesNothing},
	{
		shows: []string{"tenants: 3 read, 2 created", "users: 5 read, 5 created", "darmist1", "ACTIVE", "darmist2", "SUSPENDED", "testuser@example.com"},
		after: (*reader).importIsDone,
	},
	// 3: Latchkey in their place, and a login.
	{shows: []string{"0 to mend"}, after: (*reader).restart},
	{},
	{codes: loggedIn, shows: []string{"darmist1", "Tenant status via Gateway", "ACTIVE"}, after: (*reader).clientsSee},
	// 4: what the gateway leaves open.
	{before: (*reader).anybodyMakesTenants},
	{},
	{after: (*reader).holesAreClosed},
	{after: (*reader).certificatesAreAsked},
	// 5: the gateway.
	{before: (*reader).openProducts, shows: []string{"gateway.yaml is good."}},
	{after: (*reader).restartServe},
	{before: (*reader).stopGateway},
	{codes: []string{"CURRENT_USER_OK", "ACCESS_TOKEN_MISSING"}, shows: []string{"lamp", "ACCESS_TOKEN_MISSING"}, after: (*reader).gatewayGuards},
	// 6: back.
	{before: (*reader).stopAll, after: (*reader).seedIsBack},
}

// loggedIn are the answers of the block that logs in.
var loggedIn = []string{"OTP_SENT", "LOGIN_SUCCESS", "CURRENT_USER_OK", "SESSIONS_RETRIEVED"}

// loginBlock is the number of that block, from 0.
const loginBlock = 5

func (r *reader) restartServe() {
	r.t.Helper()
	r.run("bin/latchkey serve")
}

func (r *reader) stopAll() {
	r.t.Helper()
	r.stop("gateway")
	r.stop("serve")
}
