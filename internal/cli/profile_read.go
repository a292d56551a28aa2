package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// profileIDPattern matches a profile's id, a UUID.
var profileIDPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// isStored reports whether an argument is the id of a stored profile and not a file.
func isStored(arg string) bool {
	_, err := os.Stat(arg)
	return profileIDPattern.MatchString(arg) && errors.Is(err, fs.ErrNotExist)
}

const readingProfile = "read behaviour profile"

// readProfile reads the profile of an argument: a file, - for stdin, or the id of a stored
// profile.
func (a *app) readProfile(ctx context.Context, arg string, r serviceFlags) (p behaviour.Profile, err error) {
	err = a.withProfileClient(ctx, r, []string{arg}, func(c *client.Client) (err error) {
		p, err = readNamedProfile(ctx, c, arg)
		return err
	})
	return p, err
}

// withProfileClient runs read with a client if any argument is the id of a stored profile.
func (a *app) withProfileClient(ctx context.Context, r serviceFlags, args []string, read func(*client.Client) error) error {
	if slices.ContainsFunc(args, isStored) {
		return a.withClient(ctx, r, read)
	}
	return read(nil)
}

// readNamedProfile reads the profile of one argument.
func readNamedProfile(ctx context.Context, c *client.Client, arg string) (p behaviour.Profile, err error) {
	var data []byte
	if isStored(arg) {
		data, err = c.Get(ctx, arg)
	} else {
		data, err = readProfileFile(arg)
	}
	if err != nil {
		return p, err
	}
	const remedy = "use a file from temporal-dsql profile export or GET /profiles/{id}"
	if err := json.Unmarshal(data, &p); err != nil {
		return p, source.Wrong(readingProfile, fmt.Sprintf("%s: %v", arg, err), remedy)
	}
	if len(p.Telemetry) == 0 {
		return p, source.Wrong(readingProfile, arg+": no telemetry", remedy)
	}
	if err := p.Check(); err != nil {
		return p, source.Wrong(readingProfile, fmt.Sprintf("%s: %v", arg, err), remedy)
	}
	return p, nil
}

// getProfile returns a stored profile and its document.
func getProfile(ctx context.Context, c *client.Client, id string) (p behaviour.Profile, document []byte, err error) {
	if document, err = c.Get(ctx, id); err != nil {
		return p, nil, err
	}
	if err := json.Unmarshal(document, &p); err != nil {
		return p, nil, fmt.Errorf("read profile %s: %w", id, err)
	}
	return p, document, nil
}

func readProfileFile(arg string) ([]byte, error) {
	const remedy = "name a file, - for stdin, or the id of a stored profile"
	if arg == "-" {
		data, err := budget.ProfileBytes.Read(os.Stdin)
		if err != nil {
			return nil, wrapReadError(readingProfile, &fs.PathError{Op: "read", Path: "stdin", Err: err}, remedy)
		}
		return data, nil
	}
	data, err := budget.ProfileBytes.ReadFile(arg)
	if err != nil {
		return nil, wrapReadError(readingProfile, err, remedy)
	}
	return data, nil
}
