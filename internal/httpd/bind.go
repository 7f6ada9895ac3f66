package httpd

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/latchkey/latchkey/internal/wire"
)

// input is a field of a rule's input that does not come in the body: its tag
// says whether it stands in the path or in the query.
type input struct {
	name  string
	query bool // else in the path
	most  int  // characters; 0: no bound of its own
	index []int
	field reflect.StructField
}

// inputs are those of a rule's input.
func inputs(t reflect.Type) (all []input) {
	for _, f := range reflect.VisibleFields(t) {
		in := input{name: f.Tag.Get("path"), index: f.Index, field: f}
		if in.name == "" {
			in.name, in.query = f.Tag.Get("query"), true
		}
		if in.name == "" {
			continue
		}
		if n, err := strconv.Atoi(f.Tag.Get("maxLength")); err == nil {
			in.most = n
		}
		all = append(all, in)
	}
	return all
}

// inBody reports whether a rule's input has fields that come in the body.
func inBody(t reflect.Type) bool {
	return slices.ContainsFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool {
		return f.IsExported() && !f.Anonymous && f.Tag.Get("json") != "-"
	})
}

// bind fills the fields of an input that do not come in the body.
func (x *exchange) bind(into any) error {
	if len(x.table.inputs) == 0 && !x.table.operated && !x.table.served {
		return nil
	}
	query, err := x.table.query(x.r.URL.RawQuery)
	if err != nil {
		return err
	}
	v := reflect.ValueOf(into).Elem()
	for _, in := range x.table.inputs {
		value := x.values[in.name]
		if in.query {
			value = query.Get(in.name)
		}
		v.FieldByIndex(in.index).SetString(value)
	}
	return nil
}

// query reads a query as strictly as a body: known names, each once, and text
// that could be meant.
func (rt *route) query(raw string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, wire.Invalid("query", "is not readable")
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		refuse := func(problem string) (url.Values, error) {
			return nil, wire.Invalid(wire.Field(jsontext.Pointer("").AppendToken(strings.ToValidUTF8(name, "?"))), problem)
		}
		i := slices.IndexFunc(rt.inputs, func(in input) bool { return in.query && in.name == name })
		if i < 0 {
			return refuse("is not a known parameter")
		}
		if len(query[name]) > 1 {
			return refuse("is given twice")
		}
		value, most := query.Get(name), rt.inputs[i].most
		if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			return refuse("must be UTF-8 without control characters")
		}
		if most > 0 && utf8.RuneCountInString(value) > most {
			return refuse("must have at most " + strconv.Itoa(most) + " characters")
		}
	}
	return query, nil
}
