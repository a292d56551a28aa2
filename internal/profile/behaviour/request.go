package behaviour

// A RequestError is a mistake of who asked: what is wrong, and what to do about it.
// Errors that are one, of whatever package, wrap it.
type RequestError struct{ Message, Remedy string }

func (e *RequestError) Error() string { return e.Message }
