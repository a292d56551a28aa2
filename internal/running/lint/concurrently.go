package lint

import "fmt"

// concurrently starts a function, and returns one that waits for its result. A panic is an error, too: it would end the
// process.
func concurrently[T any](do func() (T, error)) (wait func() (T, error)) {
	var value T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if fault := recover(); fault != nil {
				err = fmt.Errorf("lint: internal error: %v; this is a bug in temporal-dsql: report it with the files", fault)
			}
		}()
		value, err = do()
	}()
	return func() (T, error) {
		<-done
		return value, err
	}
}
