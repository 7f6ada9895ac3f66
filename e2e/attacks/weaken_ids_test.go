package attacks

// weakIDs are bugs of whose something is.
func weakIDs() []weakness {
	return []weakness{
		{
			suite: "TestA17ForeignIDs", file: "internal/store/sql/ending.go",
			old: `sessionEnd  = endSet + " WHERE directory = $1 AND id = $2 AND user_id = $5"`,
			new: `sessionEnd  = endSet + " WHERE directory = $1 AND id = $2 AND $5 = $5"`,
			bug: "a session is ended by its id, whosever it is (OWASP API1:2023)",
		},
		{
			suite: "TestA18MassAssignment", file: "internal/httpd/decode.go",
			old: "json.Unmarshal(body, into, json.RejectUnknownMembers(true))", new: "json.Unmarshal(body, into)",
			bug: "members that nobody knows are passed over, and bound by the next change (CVE-2012-2055)",
		},
	}
}
