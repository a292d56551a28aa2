package behaviour

// RequestError reports an invalid request, with a remedy. Packages wrap it in their own request errors.
type RequestError struct{ Message, Remedy string }

func (e *RequestError) Error() string { return e.Message }
