package guard

import (
	"context"
	"sync"
)

// background is what a guard has running beside its requests.
type background struct {
	ctx    context.Context // ends with the guard
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	mu     sync.Mutex
	over   bool
}

// begin runs a task, unless the guard is closed.
func (b *background) begin(task func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return false
	}
	b.tasks.Go(task)
	return true
}

// shut ends all tasks and waits for them.
func (b *background) shut() error {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
	b.cancel()
	b.tasks.Wait()
	return nil
}
