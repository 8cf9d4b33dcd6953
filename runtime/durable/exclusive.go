package durable

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// ErrBusy: another process has the file open by OpenExclusive.
var ErrBusy = errors.New("in use by another process")

// OpenExclusive opens name for reading and writing, making it if need be, for
// one process at a time: while it is open, another call, in this process or
// another one, fails with an error that wraps ErrBusy. Reading the file by other
// means stays possible. The operating system keeps the lock and drops it when
// the process ends, however it ends, so there are no stale locks to tell from
// real ones, as there would be with a file that holds the number of a process.
// On systems without such locks (Plan 9, Solaris, AIX, WebAssembly) it is a plain
// open.
//
// patience is how long to wait for a holder that is about to end.
func OpenExclusive(name string, patience time.Duration) (*os.File, error) {
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		f, err := openExclusive(name)
		if !errors.Is(err, ErrBusy) {
			return f, err
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
}
