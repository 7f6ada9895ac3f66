package directory_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
	"github.com/latchkey/latchkey/internal/store/memory"
)

// chain is as good as another where nobody verifies it.
func chain(before []byte, _ int64, e auth.Event) []byte { return append(before, e.ID...) }

// lasting is a memory store that is there again when it is opened again.
type lasting struct{ *memory.Store }

func (lasting) Close() error { return nil }

// keeper opens a memory store for any directory.
func keeper(chain auth.Chain) (open func(context.Context, auth.Directory, bool) (directory.Database, error), stores map[string]*memory.Store) {
	var mu sync.Mutex
	stores = map[string]*memory.Store{}
	return func(_ context.Context, d auth.Directory, create bool) (directory.Database, error) {
		mu.Lock()
		defer mu.Unlock()
		if stores[d.ID] == nil {
			if !create {
				return nil, errors.New("no such database")
			}
			stores[d.ID] = memory.New(chain)
		}
		return lasting{stores[d.ID]}, nil
	}, stores
}

// everywhere are the methods that have no directory: of the pool's own making.
var everywhere = []string{"Lease", "Waiting", "Sweep", "Trails", "CreateTenant"}

// TestEveryCallGoesByDirectory: each method of auth.Store comes to the database
// of the directory that its arguments name, under its own name, and to no other;
// those of the registry to the control database.
func TestEveryCallGoesByDirectory(t *testing.T) {
	store, registry := reflect.TypeFor[auth.Store](), reflect.TypeFor[auth.Registry]()
	for i := range store.NumMethod() {
		m := store.Method(i)
		if slices.Contains(everywhere, m.Name) {
			continue
		}
		_, ofRegistry := registry.MethodByName(m.Name)
		for _, id := range []string{"d", auth.DefaultDirectory} {
			t.Run(m.Name+" "+id, func(t *testing.T) {
				open, stores := keeper(chain)
				control := memory.New(chain)
				p := directory.New(directory.Config{Control: control, Open: open})
				defer p.Close()
				if err := p.CreateTenant(t.Context(), auth.Tenant{ID: "t", Slug: "acme", Directory: "d"}, auth.Directory{ID: "d"}, auth.Space{}, auth.Note{}); err != nil {
					t.Fatalf("CreateTenant: %v", err)
				}
				var got []string
				control.Fail, stores["d"].Fail = records(&got, "control"), records(&got, "d")
				err := call(t, p, m.Name, id)
				want := "d " + m.Name
				if ofRegistry || id == auth.DefaultDirectory {
					want = "control " + m.Name
				}
				if diff := cmp.Diff([]string{want}, got); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if !errors.Is(err, errBroken) {
					t.Errorf("got error %v, want that of the database", err)
				}
			})
		}
	}
}

// records has a store fail every call and write down which.
func records(calls *[]string, name string) func(string) error {
	return func(method string) error {
		*calls = append(*calls, name+" "+method)
		return errBroken
	}
}

// call calls a method with a directory in every argument that can name one.
func call(t *testing.T, p *directory.Pool, method, directory string) error {
	m := reflect.ValueOf(p).MethodByName(method)
	var args []reflect.Value
	for i := range m.Type().NumIn() {
		arg := reflect.New(m.Type().In(i)).Elem()
		switch {
		case i == 0:
			arg.Set(reflect.ValueOf(t.Context()))
		case i == 1 && arg.Kind() == reflect.String:
			arg.SetString(directory)
		default:
			name(arg, directory)
		}
		args = append(args, arg)
	}
	callIt := m.Call
	if m.Type().IsVariadic() {
		callIt = m.CallSlice
	}
	out := callIt(args)
	err, _ := out[len(out)-1].Interface().(error)
	return err
}

// name sets every field that is called Directory, in everything below v; lists of
// structures get one element.
func name(v reflect.Value, directory string) {
	switch {
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		name(v.Index(0), directory)
	case v.Kind() == reflect.Struct && v.CanSet():
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Name == "Directory" && f.Type.Kind() == reflect.String {
				v.Field(i).SetString(directory)
			} else if f.IsExported() {
				name(v.Field(i), directory)
			}
		}
	}
}

// TestTrails: that of the control database, and each directory that the registry
// has, open or not.
func TestTrails(t *testing.T) {
	open, _ := keeper(chain)
	p := directory.New(directory.Config{Control: memory.New(chain), Open: open})
	defer p.Close()
	n := auth.Note{Events: []auth.Event{{ID: "e", Directory: auth.DefaultDirectory}}}
	for _, id := range []string{"z", "a", "b"} {
		tenant := auth.Tenant{ID: "t" + id, Slug: "t" + id, Directory: id}
		if err := p.CreateTenant(t.Context(), tenant, auth.Directory{ID: id}, auth.Space{}, n); err != nil {
			t.Fatalf("CreateTenant: %v", err)
		}
		n.Events[0].ID += id
	}
	got, err := p.Trails(t.Context())
	if err != nil {
		t.Fatalf("Trails: %v", err)
	}
	if diff := cmp.Diff([]string{"a", "b", auth.DefaultDirectory, "z"}, got); diff != "" {
		t.Errorf("Trails (-want +got):\n%s", diff)
	}
}
