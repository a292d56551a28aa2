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

// profileID is what an id looks like: a UUID.
var profileID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// isKept tells the id of a profile that is kept from the name of a file.
func isKept(arg string) bool {
	_, err := os.Stat(arg)
	return profileID.MatchString(arg) && errors.Is(err, fs.ErrNotExist)
}

const readingProfile = "read behaviour profile"

// behaviourProfile reads the one that an argument names: a file, - for stdin, or
// the id of one that is kept.
func (a *app) behaviourProfile(ctx context.Context, arg string, r reach) (p behaviour.Profile, err error) {
	err = a.reading(ctx, r, []string{arg}, func(c *client.Client) (err error) {
		p, err = named(ctx, c, arg)
		return err
	})
	return p, err
}

// reading runs what reads the profiles that arguments name; there is a client where
// any of them is kept.
func (a *app) reading(ctx context.Context, r reach, args []string, read func(*client.Client) error) error {
	if slices.ContainsFunc(args, isKept) {
		return a.reached(ctx, r, read)
	}
	return read(nil)
}

// named is the profile that an argument names.
func named(ctx context.Context, c *client.Client, arg string) (p behaviour.Profile, err error) {
	var data []byte
	if isKept(arg) {
		data, err = c.Get(ctx, arg)
	} else {
		data, err = readBehaviour(arg)
	}
	if err != nil {
		return p, err
	}
	const hint = "a behaviour profile is what temporal-dsql profile export writes, and GET /profiles/{id} gives"
	if err := json.Unmarshal(data, &p); err != nil {
		return p, source.Wrong(readingProfile, fmt.Sprintf("%s: %v", arg, err), hint)
	}
	if len(p.Telemetry) == 0 {
		return p, source.Wrong(readingProfile, arg+": there is no telemetry in it", hint)
	}
	if err := p.Check(); err != nil {
		return p, source.Wrong(readingProfile, fmt.Sprintf("%s: %v", arg, err), hint)
	}
	return p, nil
}

// keptProfile is the profile of an id, and the document that it is kept as.
func keptProfile(ctx context.Context, c *client.Client, id string) (p behaviour.Profile, document []byte, err error) {
	if document, err = c.Get(ctx, id); err != nil {
		return p, nil, err
	}
	if err := json.Unmarshal(document, &p); err != nil {
		return p, nil, fmt.Errorf("read profile %s: %w", id, err)
	}
	return p, document, nil
}

func readBehaviour(arg string) ([]byte, error) {
	const remedy = "name a file, - for stdin, or the id of a profile that is kept"
	if arg == "-" {
		data, err := budget.ProfileBytes.Read(os.Stdin)
		if err != nil {
			return nil, unreadable(readingProfile, &fs.PathError{Op: "read", Path: "stdin", Err: err}, remedy)
		}
		return data, nil
	}
	data, err := budget.ProfileBytes.ReadFile(arg)
	if err != nil {
		return nil, unreadable(readingProfile, err, remedy)
	}
	return data, nil
}
