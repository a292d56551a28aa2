package behaviour

import (
	"fmt"
	"time"
)

// MaxWindow is the longest window of a profile.
const MaxWindow = 24 * time.Hour

// WindowError is a RequestError about a window that a profile cannot cover.
type WindowError RequestError

func (e *WindowError) Error() string { return e.Message }

func (e *WindowError) Unwrap() error { return (*RequestError)(e) }

// CheckWindow rejects windows that end before they start, end in the future or are too long.
func CheckWindow(start, end, now time.Time) error {
	switch {
	case start.IsZero() || end.IsZero():
		return &WindowError{"the window has no start or no end", "set time_window_start and time_window_end to RFC 3339 times"}
	case !end.After(start):
		return &WindowError{
			fmt.Sprintf("the window ends at %s and starts at %s", end.Format(time.RFC3339), start.Format(time.RFC3339)),
			"set an end after the start",
		}
	case end.After(now):
		return &WindowError{
			fmt.Sprintf("the window ends in the future, at %s", end.Format(time.RFC3339)),
			fmt.Sprintf("set an end no later than %s", now.UTC().Format(time.RFC3339)),
		}
	case end.Sub(start) > MaxWindow:
		return &WindowError{
			fmt.Sprintf("the window is %s long", end.Sub(start)),
			fmt.Sprintf("use windows of at most %s, one profile for each", MaxWindow),
		}
	}
	return nil
}
