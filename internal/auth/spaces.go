package auth

import (
	"context"
	"errors"
	"time"
)

// SpaceView is a space as it is shown.
type SpaceView struct {
	ID        string    `json:"id" format:"uuid"`
	Name      string    `json:"name" doc:"Its slug: spaceId at sign-up takes it too" example:"seoul"`
	Title     string    `json:"displayName"`
	CreatedAt time.Time `json:"createdAt"`
}

func (sp Space) view() SpaceView {
	return SpaceView{ID: sp.ID, Name: sp.Slug, Title: sp.Name, CreatedAt: sp.CreatedAt}
}

// NewSpaceInput describes a space to make.
type NewSpaceInput struct {
	Name  string `json:"name" pattern:"^[a-z0-9][a-z0-9-]{1,62}$" example:"seoul"`
	Title string `json:"displayName,omitempty" maxLength:"100" example:"Seoul office"`
}

// ListSpaces returns the spaces of the caller's tenant, oldest first.
func (s *Service) ListSpaces(ctx context.Context, by Caller, _ struct{}) ([]SpaceView, error) {
	if err := by.administers(); err != nil {
		return nil, err
	}
	spaces, err := s.Records.Spaces(ctx, by.Tenant.Directory, by.Tenant.ID)
	if err != nil {
		return nil, s.fault(ctx, "list spaces", err)
	}
	views := make([]SpaceView, 0, len(spaces))
	for _, sp := range spaces {
		views = append(views, sp.view())
	}
	return views, nil
}

// CreateSpace makes a space in the caller's tenant.
func (s *Service) CreateSpace(ctx context.Context, by Caller, in NewSpaceInput) (SpaceView, error) {
	if err := by.administers(); err != nil {
		return SpaceView{}, err
	}
	var p problems
	if !ValidSlug(in.Name) {
		p.add("name", "must be 2 to 63 lower-case letters, digits and dashes, and must not begin with a dash")
	}
	title := p.line("displayName", in.Title, nameLimit, false)
	if err := p.err(); err != nil {
		return SpaceView{}, err
	}
	if title == "" {
		title = in.Name
	}
	sp := Space{ID: s.newID(), Directory: by.Tenant.Directory, Tenant: by.Tenant.ID, Slug: in.Name, Name: title, CreatedAt: s.now()}
	err := s.Records.CreateSpace(ctx, sp, Note{Events: []Event{by.event(s, ActionSpaceMade, "", "", sp.Slug)}})
	if errors.Is(err, ErrTaken) {
		return SpaceView{}, ErrSpaceTaken.With(Meta{Fields: []FieldProblem{{Field: "name", Problem: "is taken"}}})
	}
	return sp.view(), s.fault(ctx, "create space", err)
}
