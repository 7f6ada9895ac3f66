package httpd

import (
	"cmp"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/wire"
)

// document writes the OpenAPI 3.1 document of the table that serves.
func document(table []*route, c Config) ([]byte, error) {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	d := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: c.Service.AppName, Version: c.Version, License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			Description: "Sign-up, login, sessions. Every answer is an envelope: message is for people, meta.code is for programs. " +
				"A browser is given HttpOnly cookies, anything else tokens in data and cookies. " +
				"Every route under /auth also answers under /api/v1/auth. " +
				"Answers of limited routes say in RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset (seconds) what is left of the tightest limit.",
		},
		Tags:       []*huma.Tag{{Name: groupLogin}, {Name: groupAccount}, {Name: groupSession}, {Name: groupMemberships}, {Name: groupMembers}, {Name: groupRoles}, {Name: groupKeys}, {Name: groupTenants}, {Name: groupDeployment}},
		Servers:    []*huma.Server{{URL: c.BaseURL.String()}},
		Components: &huma.Components{Schemas: schemas, SecuritySchemes: securitySchemes()},
	}
	for _, rt := range table {
		for _, p := range rt.paths {
			for _, m := range rt.methods {
				d.AddOperation(rt.operation(schemas, m, p))
			}
		}
	}
	for _, s := range schemas.Map() {
		for _, p := range s.Properties {
			if p.Type == huma.TypeArray { // null is refused in requests, and no answer has one
				p.Nullable = false
			}
		}
	}
	return json.Marshal(d)
}

func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		"bearer":   {Type: "http", Scheme: "bearer", BearerFormat: "JWT"},
		"cookie":   {Type: "apiKey", In: "cookie", Name: accessCookie},
		"header":   {Type: "apiKey", In: "header", Name: "x-access-token"},
		"operator": {Type: "http", Scheme: "bearer", BearerFormat: "lko_…", Description: "An operator key, made by latchkey operator-key create"},
	}
}

// operation documents one method at one path.
func (rt *route) operation(schemas huma.Registry, method, path string) *huma.Operation {
	op := &huma.Operation{
		Method: method, Path: path, Summary: rt.summary, Description: rt.text, Tags: []string{rt.group},
		OperationID: operationID(method, path), Responses: map[string]*huma.Response{},
		Parameters: append(rt.parameters(), rt.places(schemas)...), Security: []map[string][]string{},
	}
	if path != rt.paths[0] {
		op.Deprecated = true
		op.Description = strings.TrimSpace("The same as " + rt.paths[0] + ". " + rt.text)
	}
	if !rt.public {
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}, {"header": {}}}
		if rt.operated {
			op.Security = append(op.Security, map[string][]string{"operator": {}})
		}
	}
	if rt.in != nil && inBody(rt.in) && method != http.MethodGet {
		op.RequestBody = &huma.RequestBody{
			Required: rt.examples.in != nil && rt.outcomes[0] != auth.OutcomeRefreshed && rt.outcomes[0] != auth.OutcomeSessionsEnded,
			Content:  map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(rt.in, true, ""), Example: rt.examples.in}},
		}
	}
	rt.documentSuccess(schemas, op)
	rt.documentErrors(schemas, op)
	return op
}

func operationID(method, path string) string {
	words := strings.FieldsFunc(strings.ToLower(method)+"/"+path, func(r rune) bool { return strings.ContainsRune("/.-{}", r) })
	return strings.Join(words, "-")
}

// parameters are the headers that the route reads.
func (rt *route) parameters() []*huma.Param {
	if rt.tenantless {
		return nil
	}
	if rt.linked {
		if rt.methods[0] != http.MethodGet {
			return nil
		}
		return []*huma.Param{{
			Name: "token", In: "query", Required: true, Description: "From the link in the mail", Example: exampleLinkToken, Schema: &huma.Schema{Type: huma.TypeString},
		}}
	}
	header := func(name, text, example string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Description: text, Example: example, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	all := []*huma.Param{
		header("x-tenant-id", "Slug of the tenant; else that of the access token, else the default one.", "default"),
		header("x-space-id", "Id of a space in the tenant in which the user has a seat.", exampleID),
	}
	if rt.login || rt.grants {
		all = append(all, header("x-token-delivery", `How tokens come back: "cookie" (what a browser gets anyway) or "body".`, "cookie"))
	}
	if rt.login {
		all = append(all,
			header("x-device-token", "Marks a device that has logged in before.", string(exampleGrant.DeviceToken)))
	}
	return all
}

// places are the parameters in the path and the query of a route.
func (rt *route) places(schemas huma.Registry) (all []*huma.Param) {
	for _, in := range rt.inputs {
		where := "path"
		if in.query {
			where = "query"
		}
		s := huma.SchemaFromField(schemas, in.field, "")
		s.Description = ""
		all = append(all, &huma.Param{Name: in.name, In: where, Required: !in.query, Description: in.field.Tag.Get("doc"), Schema: s})
	}
	return all
}

// documentSuccess adds the route's successes, one example each.
func (rt *route) documentSuccess(schemas huma.Registry, op *huma.Operation) {
	r := &huma.Response{Description: "Success"}
	op.Responses[strconv.Itoa(rt.status)] = r
	switch {
	case rt.stream:
		r.Content = map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}, Example: rt.bare}}
	case rt.bare != nil:
		r.Content = map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}, Example: rt.bare}}
	}
	if len(rt.outcomes) == 0 {
		return
	}
	var codes []string
	media := &huma.MediaType{Examples: map[string]*huma.Example{}}
	for i, o := range rt.outcomes {
		codes = append(codes, o.Code)
		media.Examples[o.Code] = &huma.Example{Summary: o.Text, Value: success(rt.status, o, rt.examples.out[i], exampleTime)}
	}
	data := dataSchema(schemas, rt.out)
	media.Schema = envelopeSchema("success", codes, data, nil)
	if isList(rt.out) {
		media.Schema.Properties["meta"].Properties["nextCursor"] = &huma.Schema{Type: huma.TypeString, Description: "Where the next page begins; left out on the last one"}
	}
	r.Description = strings.Join(codes, ", ")
	r.Content = map[string]*huma.MediaType{"application/json": media}
}

// isList reports whether a result is a page of a list.
func isList(out reflect.Type) bool { return out != nil && out.Implements(reflect.TypeFor[listed]()) }

// dataSchema describes a result. Two results have a shape that depends on what
// happened.
func dataSchema(schemas huma.Registry, out reflect.Type) *huma.Schema {
	if isList(out) {
		items, _ := out.FieldByName("Items")
		return dataSchema(schemas, items.Type)
	}
	switch out {
	case nil:
		return &huma.Schema{Type: huma.TypeBoolean}
	case reflect.TypeFor[auth.SignInResult]():
		return &huma.Schema{OneOf: []*huma.Schema{
			schemas.Schema(reflect.TypeFor[auth.Grant](), true, ""), schemas.Schema(reflect.TypeFor[auth.Challenge](), true, ""),
		}}
	case reflect.TypeFor[auth.SignUpResult]():
		s := schemas.Schema(out, true, "")
		schemas.SchemaFromRef(s.Ref).Required = []string{"id", "name", "username", "email", "role"}
		return s
	}
	s := schemas.Schema(out, true, "")
	s.Nullable = false
	return s
}

// documentErrors adds every code that the route answers with, by status.
func (rt *route) documentErrors(schemas huma.Registry, op *huma.Operation) {
	byStatus := map[int][]*auth.Error{}
	for _, e := range rt.allErrors() {
		byStatus[wire.Status(e.Kind)] = append(byStatus[wire.Status(e.Kind)], e)
	}
	for status, errs := range byStatus {
		slices.SortFunc(errs, func(a, b *auth.Error) int { return cmp.Compare(a.Code, b.Code) })
		var codes []string
		media := &huma.MediaType{Examples: map[string]*huma.Example{}}
		for _, e := range errs {
			codes = append(codes, e.Code)
			media.Examples[e.Code] = &huma.Example{Summary: e.Text, Value: failure(e.With(exampleMeta(e)), "F3QHX5M2N7WB4KZC6RTVDY2PSA", exampleTime)}
		}
		media.Schema = envelopeSchema("error", codes, &huma.Schema{Type: "null"}, schemas)
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: strings.Join(codes, ", "), Content: map[string]*huma.MediaType{"application/json": media},
		}
	}
}

// allErrors is what the route can answer: its own, and what comes with its sort.
func (rt *route) allErrors() []*auth.Error {
	all := slices.Clone(rt.errors)
	add := func(more ...*auth.Error) {
		for _, e := range more {
			if !slices.Contains(all, e) {
				all = append(all, e)
			}
		}
	}
	if rt.limits.Any() {
		add(auth.ErrRateLimited)
	}
	if rt.tenantless {
		return all
	}
	if rt.linked {
		add(auth.ErrTenantInactive, auth.ErrTenantDown, auth.ErrAmbiguous, auth.ErrInternal,
			auth.ErrValidation, auth.ErrMediaType, auth.ErrBodyTooLong)
		if rt.methods[0] == http.MethodPost {
			add(auth.ErrCrossOrigin)
		}
		return all
	}
	add(auth.ErrTenantNotFound, auth.ErrTenantInactive, auth.ErrTenantDown, auth.ErrTokenInvalid, auth.ErrAmbiguous, auth.ErrInternal,
		auth.ErrValidation, auth.ErrMediaType, auth.ErrBodyTooLong)
	if !rt.public {
		add(auth.ErrTokenMissing, auth.ErrSessionEnded, auth.ErrUserGone, auth.ErrTenantMismatch, auth.ErrForbidden)
	}
	if rt.changes(rt.methods[0]) || slices.Contains(rt.methods, http.MethodPost) {
		add(auth.ErrCrossOrigin)
	}
	return all
}

// exampleMeta shows what an error carries beside its code.
func exampleMeta(e *auth.Error) auth.Meta {
	three := 3
	switch e.Code {
	case auth.ErrValidation.Code:
		return auth.Meta{Fields: []auth.FieldProblem{{Field: "email", Problem: "is required"}}}
	case auth.ErrDuplicate.Code:
		return auth.Meta{Fields: []auth.FieldProblem{{Field: "email", Problem: "is taken"}}}
	case auth.ErrOTPWrong.Code:
		return auth.Meta{Field: "otp", AttemptsLeft: &three}
	case auth.ErrRateLimited.Code, auth.ErrLocked.Code:
		return auth.Meta{RetryAfter: 1800}
	case auth.ErrOverloaded.Code, auth.ErrTenantDown.Code:
		return auth.Meta{RetryAfter: 2}
	case errNotReady.Code:
		return auth.Meta{Reason: "draining", RetryAfter: 1}
	case auth.ErrForbidden.Code:
		return auth.Meta{Reason: "session_too_old"}
	case auth.ErrSpaceNotFound.Code:
		return auth.Meta{Field: "spaceId"}
	case auth.ErrTokenInvalid.Code:
		return auth.Meta{Reason: "expired"}
	case auth.ErrSessionEnded.Code:
		return auth.Meta{Reason: string(auth.EndRemoteLogout)}
	}
	return auth.Meta{}
}

// envelopeSchema is the envelope around a kind of data. schemas is given for
// errors, whose meta says more.
func envelopeSchema(status string, codes []string, data *huma.Schema, schemas huma.Registry) *huma.Schema {
	str := func() *huma.Schema { return &huma.Schema{Type: huma.TypeString} }
	enum := func(values ...string) *huma.Schema {
		s := str()
		for _, v := range values {
			s.Enum = append(s.Enum, v)
		}
		return s
	}
	meta := map[string]*huma.Schema{"status": enum(status), "code": enum(codes...)}
	if schemas != nil {
		one := 0.0
		meta["requestId"], meta["field"], meta["reason"] = str(), str(), str()
		meta["fields"] = &huma.Schema{Type: huma.TypeArray, Items: schemas.Schema(fieldProblemType, true, "")}
		meta["retryAfter"] = &huma.Schema{Type: huma.TypeInteger, Description: "Seconds", Minimum: &one}
		meta["attemptsLeft"] = &huma.Schema{Type: huma.TypeInteger, Minimum: &one}
	}
	ts := str()
	ts.Format = "date-time"
	s := &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{
			"httpStatus": {Type: huma.TypeInteger}, "message": str(), "data": data, "ts": ts,
			"meta": {Type: huma.TypeObject, Properties: meta, Required: []string{"status", "code"}, AdditionalProperties: false},
		},
		Required: []string{"httpStatus", "message", "data", "meta", "ts"},
	}
	return s
}

var fieldProblemType = reflect.TypeFor[auth.FieldProblem]()
