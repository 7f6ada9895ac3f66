package main

import (
	"context"
	"errors"
	"iter"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/seeds"
)

// seedSpace is a space of a seed, and what came of it.
type seedSpace struct {
	row     seeds.Row[auth.NewSpaceInput]
	there   bool                // before
	differs []auth.FieldProblem // then
	left    []auth.FieldProblem // why it was made without these fields
	err     error
}

// spaces takes over spaces into the caller's tenant.
func (r *seedRun) spaces(ctx context.Context, rows iter.Seq2[seeds.Row[auth.NewSpaceInput], error]) error {
	return inOrder(ctx, rows, func(seeds.Row[auth.NewSpaceInput]) []string { return nil },
		func(ctx context.Context, row seeds.Row[auth.NewSpaceInput]) seedSpace {
			s := seedSpace{row: row}
			if !row.Deleted && len(row.Wrong) == 0 {
				r.space(ctx, &s)
			}
			return s
		}, r.tookSpace)
}

// space makes a space, or finds it there.
func (r *seedRun) space(ctx context.Context, s *seedSpace) {
	in, t := s.row.Value, r.by.Tenant
	there, err := r.service.Records.Space(ctx, t.Directory, t.ID, in.Name)
	switch {
	case err == nil:
		if s.there = true; in.Title != "" && in.Title != there.Name {
			s.differs = r.named([]auth.FieldProblem{{Field: "displayName", Problem: "is another one here"}})
		}
	case errors.Is(err, auth.ErrNoRecord):
		s.left, s.err = r.makeOf(func() error { _, err := r.service.CreateSpace(ctx, r.by, in); return err },
			map[string]*string{"displayName": &in.Title})
	default:
		s.err = err
	}
}

// tookSpace reports what came of a space. Its error ends the import.
func (r *seedRun) tookSpace(s seedSpace) error {
	if is, err := passed(r, "", s.row); is {
		return err
	}
	switch {
	case isRefusal(s.err):
		return r.report.add("", s.row.Origin, rowRefused, r.named(fieldsOf(s.err)))
	case s.err != nil:
		return s.err
	case s.there:
		return r.report.add("", s.row.Origin, rowUnchanged, s.differs)
	}
	return r.made(s.row.Origin, s.left)
}
