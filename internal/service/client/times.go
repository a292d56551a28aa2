package client

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

var relative = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:now)?\s*-\s*(?:([0-9]+)d)?(.*)$`) })

// Time reads a time: now; -2h, -1d12h or now-15m before it; RFC 3339; or a day, or
// day and time of the machine's own zone.
func Time(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "now" {
		return now, nil
	}
	if m := relative().FindStringSubmatch(text); m != nil {
		var back time.Duration
		if m[1] != "" {
			days, err := strconv.Atoi(m[1])
			if err != nil || days > 100_000 {
				return time.Time{}, wrongTime(text)
			}
			back = time.Duration(days) * 24 * time.Hour
		}
		if m[2] != "" {
			rest, err := time.ParseDuration(m[2])
			if err != nil || rest < 0 {
				return time.Time{}, wrongTime(text)
			}
			if back += rest; back < 0 {
				return time.Time{}, wrongTime(text) // more than a duration holds
			}
		}
		if m[1] == "" && m[2] == "" {
			return time.Time{}, wrongTime(text)
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
	return time.Time{}, wrongTime(text)
}

func wrongTime(text string) error {
	return fmt.Errorf("%q is no time; allowed: now, -2h, -1d12h, 2026-11-24T15:04:05Z, 2026-11-24 15:04", text)
}
