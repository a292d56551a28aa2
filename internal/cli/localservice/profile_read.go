package localservice

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
	"github.com/temporal-dsql/temporal-dsql/internal/cli/command"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/service/client"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
	"github.com/temporal-dsql/temporal-dsql/internal/strictjson"
)

// profileIDPattern matches a profile's id, a UUID.
var profileIDPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// IsStored reports whether an argument is the id of a stored profile and not a file.
func IsStored(arg string) bool {
	_, err := os.Stat(arg)
	return profileIDPattern.MatchString(arg) && errors.Is(err, fs.ErrNotExist)
}

const readingProfile = "read behaviour profile"

// ReadProfile reads the profile of an argument: a file, - for stdin, or the id of a stored
// profile.
func (a *App) ReadProfile(ctx context.Context, arg string, r ServiceFlags) (p behaviour.Profile, err error) {
	err = a.WithProfileClient(ctx, r, []string{arg}, func(c *client.Client) (err error) {
		p, err = ReadNamedProfile(ctx, c, arg)
		return err
	})
	return p, err
}

// WithProfileClient runs read with a client if any argument is the id of a stored profile.
func (a *App) WithProfileClient(ctx context.Context, r ServiceFlags, args []string, read func(*client.Client) error) error {
	if slices.ContainsFunc(args, IsStored) {
		return a.WithClient(ctx, r, read)
	}
	return read(nil)
}

// ReadNamedProfile reads the profile of one argument.
func ReadNamedProfile(ctx context.Context, c *client.Client, arg string) (p behaviour.Profile, err error) {
	var data []byte
	if IsStored(arg) {
		data, err = c.Get(ctx, arg)
	} else {
		data, err = readProfileFile(arg)
	}
	if err != nil {
		return p, err
	}
	const remedy = "use a file from temporal-dsql profile export or GET /profiles/{id}"
	if err := strictjson.Unmarshal(data, &p); err != nil {
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

// GetProfile returns a stored profile and its document.
func GetProfile(ctx context.Context, c *client.Client, id string) (p behaviour.Profile, document []byte, err error) {
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
			return nil, command.WrapReadError(readingProfile, &fs.PathError{Op: "read", Path: "stdin", Err: err}, remedy)
		}
		return data, nil
	}
	data, err := budget.ProfileBytes.ReadFile(arg)
	if err != nil {
		return nil, command.WrapReadError(readingProfile, err, remedy)
	}
	return data, nil
}
