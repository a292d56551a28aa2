package behaviour

import (
	"fmt"
	"time"
)

// MaxWindow is the longest window that a profile covers.
const MaxWindow = 24 * time.Hour

// A WindowError is a RequestError that says why no profile can be taken of a window.
type WindowError RequestError

func (e *WindowError) Error() string { return e.Message }

func (e *WindowError) Unwrap() error { return (*RequestError)(e) }

// CheckWindow refuses a window that ends before it starts, lies in the future
// or is too long.
func CheckWindow(start, end, now time.Time) error {
	switch {
	case start.IsZero() || end.IsZero():
		return &WindowError{"the window has no start or no end", "give time_window_start and time_window_end, as RFC 3339"}
	case !end.After(start):
		return &WindowError{fmt.Sprintf("the window ends at %s and starts at %s", end.Format(time.RFC3339), start.Format(time.RFC3339)), "end it after its start"}
	case end.After(now):
		return &WindowError{fmt.Sprintf("the window ends at %s, in the future", end.Format(time.RFC3339)), fmt.Sprintf("end it at %s at the latest", now.UTC().Format(time.RFC3339))}
	case end.Sub(start) > MaxWindow:
		return &WindowError{fmt.Sprintf("the window is %s long", end.Sub(start)), fmt.Sprintf("%s is the longest: take several profiles", MaxWindow)}
	}
	return nil
}
