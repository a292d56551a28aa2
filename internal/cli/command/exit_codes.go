package command

// Exit codes, the same for every command.
const (
	ExitFine         = 0
	ExitRefused      = 1 // a guard rail, constraint or verdict failed
	ExitUsage        = 2 // the command line or an input is invalid
	ExitInternal     = 3 // I/O or internal error
	ExitInconclusive = 4 // evidence is missing
	ExitInterrupted  = 130
)
