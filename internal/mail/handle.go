package mail

import (
	"context"
	"errors"
	"log/slog"

	"github.com/latchkey/latchkey/internal/auth"
)

// handle tries one leased mail and writes down how it went.
func (w *Worker) handle(ctx context.Context, m auth.Mail) {
	err := w.attempt(ctx, m)
	// That a delivery was cut off is written down too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), marking)
	defer cancel()
	log := w.Log.With("mail", m.ID, "kind", string(m.Kind), "user", m.User, "attempt", m.Attempts)
	now := w.Now()
	switch {
	case err == nil:
		log.InfoContext(ctx, "mail sent")
		w.marked(ctx, log, "sent", w.Outbox.Sent(ctx, m.Directory, m.ID, now))
	case errors.Is(err, ErrRefused), errors.Is(err, auth.ErrNoRecord), m.Attempts >= maxAttempts:
		problem := clip(err.Error())
		log.WarnContext(ctx, "mail given up", "problem", problem)
		w.buried.Add(1)
		w.marked(ctx, log, "buried", w.Outbox.Bury(ctx, m.Directory, m.ID, now, problem))
	default:
		problem, next := clip(err.Error()), now.Add(wait(m.Attempts))
		log.WarnContext(ctx, "mail not sent, will be tried again", "problem", problem, "next", next)
		w.marked(ctx, log, "postponed", w.Outbox.Postpone(ctx, m.Directory, m.ID, next, problem))
	}
}

// attempt makes the message and sends it. The address is asked for anew each
// time: a person may have changed it.
func (w *Worker) attempt(ctx context.Context, m auth.Mail) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	message, err := w.Resolve(ctx, m)
	if err != nil {
		w.failed.Add(1)
		return err
	}
	return w.Send(ctx, message)
}

// marked logs when how it went could not be written down. The mail then comes
// again when its lease is over, with the same Message-ID.
func (w *Worker) marked(ctx context.Context, log *slog.Logger, as string, err error) {
	if err != nil {
		log.WarnContext(ctx, "mail could not be marked, it may be sent twice", "as", as, "problem", clip(err.Error()))
	}
}
