package rapidtest

// FailOnError ends a test or a property that has an unexpected error.
func FailOnError(t interface{ Fatal(...any) }, err error) {
	if err != nil {
		t.Fatal(err)
	}
}
