package storetest

import (
	"reflect"
	"slices"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestEveryMethodIsAskedForWhatIsAnothers: a method that is added has to say how
// it keeps tenants apart.
func TestEveryMethodIsAskedForWhatIsAnothers(t *testing.T) {
	var methods []string
	for m := range reflect.TypeFor[auth.Store]().Methods() {
		methods = append(methods, m.Name)
		_, asked := foreign[m.Name]
		if wide := slices.Contains(deploymentWide, m.Name); asked == wide {
			t.Errorf("%s: it is asked for what is another's: %v; it is about the deployment: %v; want one of them", m.Name, asked, wide)
		}
	}
	for name := range foreign {
		if !slices.Contains(methods, name) {
			t.Errorf("a store has no method %s", name)
		}
	}
}
