package client

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

var relativePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:now)?\s*-\s*(?:([0-9]+)d)?(.*)$`) })

// ParseTime parses a time: now; relative as -2h, -1d12h or now-15m; RFC 3339; or a date,
// with or without a time, in the local zone.
func ParseTime(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "now" {
		return now, nil
	}
	if m := relativePattern().FindStringSubmatch(text); m != nil {
		var back time.Duration
		if m[1] != "" {
			days, err := strconv.Atoi(m[1])
			if err != nil || days > 100_000 {
				return time.Time{}, timeError(text)
			}
			back = time.Duration(days) * 24 * time.Hour
		}
		if m[2] != "" {
			rest, err := time.ParseDuration(m[2])
			if err != nil || rest < 0 {
				return time.Time{}, timeError(text)
			}
			if back += rest; back < 0 {
				return time.Time{}, timeError(text) // overflow
			}
		}
		if m[1] == "" && m[2] == "" {
			return time.Time{}, timeError(text)
		}
		return now.Add(-back), nil
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, nil
	}
	for _, form := range []string{"2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if at, err := time.ParseInLocation(form, text, now.Location()); err == nil {
			return at, nil
		}
	}
	return time.Time{}, timeError(text)
}

// TimeForms are examples of the times that ParseTime reads.
const TimeForms = "now, -2h, -1d12h, 2026-11-24T15:04:05Z or 2026-11-24 15:04"

func timeError(text string) error {
	return fmt.Errorf("%q is not a valid time", text)
}
