package behaviour

import (
	"fmt"
	"time"
)

const (
	// MaxWindow is the longest window of a profile.
	MaxWindow = 24 * time.Hour
	// DefaultWindow is the length of an assessed window if neither request nor plan sets it.
	DefaultWindow = time.Hour
	// EarlierWindows is the number of earlier profiles that show what is usual.
	EarlierWindows = 12
	// Days is the number of earlier days whose windows at the same hour show a daily cycle.
	Days = 7
)

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

// SameHour returns the starts of windows on the given number of days that end before m's window starts, at the hour
// of the day of another time, latest first.
func (m Metadata) SameHour(then time.Time, days int) (starts []time.Time) {
	const day = 24 * time.Hour
	start := then
	if late := then.Add(m.WindowEnd.Sub(m.WindowStart)).Sub(m.WindowStart); late > 0 {
		start = then.Add(-day * ((late + day - 1) / day))
	}
	for range days {
		starts = append(starts, start)
		start = start.Add(-day)
	}
	return starts
}

// IsLike reports whether another window starts within half a window of a time, is about as long as m's and ends before
// it.
func (m Metadata) IsLike(other Metadata, start time.Time) bool {
	length, l := m.WindowEnd.Sub(m.WindowStart), other.WindowEnd.Sub(other.WindowStart)
	return other.WindowStart.Sub(start).Abs() <= length/2 && l <= 2*length && length <= 2*l && !other.WindowEnd.After(m.WindowStart)
}
