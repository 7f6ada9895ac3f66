package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
)

// Page is a part of a list, and where the next part begins.
type Page[T any] struct {
	Items []T
	Next  string // cursor of the next page; "" on the last one
}

// PageInput asks for a part of a list.
type PageInput struct {
	Cursor string `query:"cursor" json:"-" maxLength:"512" doc:"meta.nextCursor of the page before"`
	Limit  string `query:"limit" json:"-" pattern:"^[0-9]{1,3}$" doc:"Items on a page: 1 to 100; 20 when left out" example:"20"`
}

// Bounds of a page.
const (
	pageDefault = 20
	pageLimit   = 100
)

// size returns how many items are asked for.
func (in PageInput) size(p *problems) int {
	if in.Limit == "" {
		return pageDefault
	}
	n, err := strconv.Atoi(in.Limit)
	if err != nil || n < 1 || n > pageLimit {
		p.add("limit", "must be a number from 1 to 100")
	}
	return n
}

// after reads the cursor into place, which stays as it is where there is none.
func (in PageInput) after(p *problems, place any) {
	if in.Cursor == "" {
		return
	}
	text, err := base64.RawURLEncoding.DecodeString(in.Cursor)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields() // of a place in another list
	if err != nil || len(text) > 1024 || d.Decode(place) != nil || d.More() {
		p.add("cursor", "is not one that this list gave out")
	}
}

// paged makes a page of up to n items of found, which has one more when there
// is a next page. place is that of an item, show what is seen of it.
func paged[F, P, T any](found []F, n int, place func(F) P, show func(F) T) Page[T] {
	out := Page[T]{Items: make([]T, 0, min(n, len(found)))}
	for i, f := range found {
		if i == n {
			out.Next = cursor(place(found[n-1]))
			break
		}
		out.Items = append(out.Items, show(f))
	}
	return out
}

func cursor(place any) string {
	text, err := json.Marshal(place)
	if err != nil { // only for a time beyond the year 9999
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// Listed returns the items, never nil, and the cursor of the next page, for a
// door that writes them.
func (p Page[T]) Listed() (items any, next string) {
	if p.Items == nil {
		return []T{}, p.Next
	}
	return p.Items, p.Next
}
