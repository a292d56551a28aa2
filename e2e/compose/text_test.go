package compose

import (
	"fmt"
	"strconv"
)

// text is a value of the profile as an environment variable has it.
func text(value any) string {
	if number, ok := value.(float64); ok {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// shown is a variable for a message.
func shown(value *string) string {
	if value == nil {
		return "unset"
	}
	return strconv.Quote(*value)
}
