package seeds

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// document is a document of which every field may be of any type, since nothing
// checked it when it was written.
type document[T any] struct {
	raw bson.Raw
	row *Row[T]
}

// field returns a field, and whether it is there and not null.
func (d document[T]) field(name string) (bson.RawValue, bool) {
	v, err := d.raw.LookupErr(name)
	return v, err == nil && v.Type != bson.TypeNull && v.Type != bson.TypeUndefined
}

// text returns a field that is a text; "" when it is not there.
func (d document[T]) text(name string) string {
	v, there := d.field(name)
	s, ok := v.StringValueOK()
	if there && !ok {
		d.row.wrong(name, "must be a text, and is "+v.Type.String())
	}
	return s
}

// truth returns a field that is true or false; false when it is not there.
func (d document[T]) truth(name string) bool {
	v, there := d.field(name)
	b, ok := v.BooleanOK()
	if there && !ok {
		d.row.wrong(name, "must be true or false, and is "+v.Type.String())
	}
	return b
}

// date returns a field that is a date; zero when it is not there.
func (d document[T]) date(name string) time.Time {
	v, there := d.field(name)
	ms, ok := v.DateTimeOK()
	switch {
	case !there:
		return time.Time{}
	case !ok:
		d.row.wrong(name, "must be a date, and is "+v.Type.String())
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// idOf shows the id of a document, whatever it is.
func idOf(raw bson.Raw) string {
	v := raw.Lookup("_id")
	if id, ok := v.ObjectIDOK(); ok {
		return id.Hex()
	}
	if s, ok := v.StringValueOK(); ok {
		return s
	}
	return v.String()
}
