package directory

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// tellLimit bounds the flagging of a directory, which goes on when the caller
// has gone: the write has happened.
const tellLimit = 10 * time.Second

// read has do read in the database of a directory.
func (p *Pool) read(ctx context.Context, directory string, do func(auth.Store) error) error {
	if directory == auth.DefaultDirectory {
		return do(p.config.Control)
	}
	s, err := p.hold(ctx, want{directory: directory})
	if err != nil {
		return err
	}
	defer p.release(s, false)
	return do(s.db)
}

// write has do write in the database of a directory. Whatever comes of it, the
// directory may have mail then, and is flagged where that is asked for: an error
// may hide a change.
func (p *Pool) write(ctx context.Context, directory string, do func(auth.Store) error) error {
	if directory == auth.DefaultDirectory {
		return do(p.config.Control)
	}
	s, err := p.hold(ctx, want{directory: directory})
	if err != nil {
		return err
	}
	defer p.release(s, false)
	err = do(s.db)
	p.hasMail(s)
	if told := p.tell(ctx, directory); err == nil {
		return told
	}
	return err
}

// tell says to other processes that this one has written to a directory.
func (p *Pool) tell(ctx context.Context, directory string) error {
	if !p.config.Tell {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellLimit)
	defer cancel()
	if err := p.config.Control.FlagDirectory(ctx, directory, p.config.Now()); err != nil {
		return unavailable(directory, "written to, but the server could not be told: "+err.Error())
	}
	return nil
}

// about is the directory that a note belongs to.
func about(n auth.Note) string {
	switch {
	case len(n.Events) > 0:
		return n.Events[0].Directory
	case len(n.Mails) > 0:
		return n.Mails[0].Directory
	}
	return auth.DefaultDirectory
}
