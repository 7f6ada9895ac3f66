package main

import (
	"bytes"
	"errors"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/latchkey/latchkey/internal/auth"
)

// record is one user of an import, or why there is none.
type record struct {
	line int // where it begins, from 1
	user auth.ImportedUser
	err  error // does not repeat what was read: it may be a hash
}

// jsonLines reads an object from each line; empty lines are passed over.
type jsonLines struct{ *lines }

// next returns the next record; io.EOF when there is none.
func (j jsonLines) next() (record, error) {
	for {
		text, err := j.lines.next()
		if errors.Is(err, errLongLine) {
			return record{line: j.n, err: err}, nil
		}
		if err != nil {
			return record{}, err
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			u, err := decodeUser(text)
			return record{line: j.n, user: u, err: err}, nil
		}
	}
}

// decodeUser reads a user strictly: exact names, each once, none unknown, valid
// UTF-8, nothing after the object.
func decodeUser(text []byte) (u auth.ImportedUser, err error) {
	if text[0] != '{' {
		return u, errors.New("is no JSON object")
	}
	if err := json.Unmarshal(text, &u, json.RejectUnknownMembers(true)); err != nil {
		return auth.ImportedUser{}, explainJSON(err)
	}
	return u, nil
}

// explainJSON says what is wrong with an object, without repeating a value.
func explainJSON(err error) error {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &semantic):
		return errors.New(memberOf(semantic.JSONPointer) + " is not a known field")
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		return errors.New(memberOf(syntactic.JSONPointer) + " is given twice")
	case errors.As(err, &semantic):
		return errors.New(memberOf(semantic.JSONPointer) + " must be " + kindOf(semantic.GoType))
	}
	return errors.New("is not valid JSON in UTF-8")
}

// memberOf names a field, which somebody else chose: cut, and fit to be shown.
func memberOf(p jsontext.Pointer) string {
	return quote(plain(strings.TrimPrefix(string(p), "/")))
}

func kindOf(t reflect.Type) string {
	switch {
	case t == nil:
		return "something else"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.String:
		return "a string"
	}
	return "a time such as 2024-05-06T07:08:09Z"
}
