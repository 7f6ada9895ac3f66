package rpcd

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/wire"
)

// Bounds of a list, in tenants.
const (
	standardPage = 10
	largestPage  = 1000
	wholeList    = 1000 // of one that is asked for without pages
	step         = 100  // of the walk
	lastPage     = 1_000_000
)

// tenantPage asks for a page of tenants, numbered from 1; below 0 for all.
type tenantPage struct {
	Status auth.TenantStatus `json:"status"`
	Page   *number           `json:"page"`
	Size   *number           `json:"pageSize"`
}

// number is one that a gateway passes on from a query: as a number or as text.
type number int

// UnmarshalJSON reads a number or a text that is one.
func (n *number) UnmarshalJSON(raw []byte) error {
	v, err := strconv.Atoi(strings.Trim(string(raw), `"`))
	*n = number(v)
	return err
}

// or returns the number, or another where none was given.
func (n *number) or(standard int) int {
	if n == nil {
		return standard
	}
	return int(*n)
}

// listTenants is tenant.findAll.
func listTenants() *command {
	c := command{name: "tenant.findAll"}
	c.serve = func(x *call) (e wire.Envelope, err error) {
		if x.by, err = x.peer(); err != nil {
			return e, err
		}
		var in tenantPage
		if err = x.input(&in); err != nil {
			return e, err
		}
		done, err := x.door.list(x.ctx)
		if err != nil {
			return e, err
		}
		defer done()
		items, pages, err := tenantsOf(x.ctx, x.door.service, x.by, in)
		if err != nil {
			return e, err
		}
		e = wire.Success(auth.OutcomeTenants, items, x.now())
		e.Meta.Pages = &pages
		return e, nil
	}
	return &c
}

// lists bounds how many lists are made at a time: each walks the registry, and
// nobody who logs in is to wait for many of them.
const lists = 2

// list waits for its turn to make a list.
func (d *Door) list(ctx context.Context) (done func(), err error) {
	select {
	case d.lists <- struct{}{}:
		return func() { <-d.lists }, nil
	case <-ctx.Done():
		return nil, auth.ErrOverloaded
	}
}

// tenantsOf returns a numbered page. The registry has cursors, and no numbers:
// it is walked to its end, which also says how many there are.
func tenantsOf(ctx context.Context, s *auth.Service, by auth.Caller, in tenantPage) ([]tenantDocument, wire.Pages, error) {
	p := wire.Pages{Page: in.Page.or(1), PageSize: in.Size.or(standardPage)}
	if p.Page == 0 || p.Page > lastPage || p.PageSize < 1 || p.PageSize > largestPage {
		return nil, p, wire.Invalid("page", fmt.Sprintf("counts from 1, or is -1 for all; pageSize is 1 to %d", largestPage))
	}
	all := p.Page < 0
	from, to := (p.Page-1)*p.PageSize, p.Page*p.PageSize
	items := []tenantDocument{}
	for cursor := ""; ; {
		list, err := s.ListTenants(ctx, by, auth.TenantsInput{
			PageInput: auth.PageInput{Cursor: cursor, Limit: strconv.Itoa(step)}, Status: in.Status,
		})
		if err != nil {
			return nil, p, err
		}
		for _, v := range list.Items {
			if all || p.Total >= from && p.Total < to {
				items = append(items, documentOf(v))
			}
			p.Total++
		}
		if len(items) > wholeList {
			return nil, p, wire.Invalid("page", fmt.Sprintf("there are more than %d tenants; ask page by page", wholeList))
		}
		if cursor = list.Next; cursor == "" {
			break
		}
	}
	if all {
		p.Page, p.PageSize, p.TotalPages = -1, p.Total, 1
		return items, p, nil
	}
	p.TotalPages = (p.Total + p.PageSize - 1) / p.PageSize
	return items, p, nil
}
