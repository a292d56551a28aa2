package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/temporal-dsql/temporal-dsql/internal/assess"
	"github.com/temporal-dsql/temporal-dsql/internal/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/client"
	"github.com/temporal-dsql/temporal-dsql/internal/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/source"
)

// An observing is what a command holds a behaviour profile against.
type observing struct {
	reach
	preset, deployment string
	except             []string
	format             format
}

func (o *observing) flags(a *app, cmd *cobra.Command) {
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 1 && args[0] != "" {
			return nil
		}
		return usageError{cmd.Name() + " needs one behaviour profile: its file, - for stdin, or its id", "temporal-dsql " + cmd.Name() + " profile.json"}
	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
	f := cmd.Flags()
	f.StringVar(&o.preset, "preset", "", "`NAME` of the preset to hold it against (default: the config profile that it has kept, else the preset that it names)")
	f.StringVar(&o.deployment, "deployment", "", "`PATH` of the deployment to hold it against, with its modifier and overrides")
	f.StringArrayVar(&o.except, "except", nil, "`METRIC` that this cluster cannot export and is not held to, as CATEGORY.METRIC; may be repeated")
	_ = cmd.RegisterFlagCompletionFunc("preset", a.presetNames())
	o.reach.flags(cmd)
	o.format.flag(cmd)
}

// target is what the flags name, and the assessor of the module around it.
func (o *observing) target(ctx context.Context, a *app) (*assess.Assessor, assess.Target, error) {
	where := a.dir
	if o.preset != "" && o.deployment != "" {
		return nil, assess.Target{}, usageError{"--preset and --deployment both say what to hold the profile against", "give one of them"}
	}
	if o.deployment != "" {
		where = o.deployment
	}
	engine, err := compile.New(where)
	if err != nil {
		return nil, assess.Target{}, err
	}
	assessor, err := assess.New(ctx, engine)
	return assessor, assess.Target{Preset: o.preset, Path: o.deployment, Except: o.except}, err
}

// profileID is what an id looks like: a UUID.
var profileID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

const readingProfile = "read behaviour profile"

// behaviourProfile reads a profile: a file, stdin, or by its id of a service or the store.
func (a *app) behaviourProfile(ctx context.Context, arg string, r reach) (p behaviour.Profile, err error) {
	var data []byte
	if _, missing := os.Stat(arg); profileID.MatchString(arg) && errors.Is(missing, fs.ErrNotExist) {
		err = a.reached(ctx, r, func(c *client.Client) (err error) {
			data, err = c.Get(ctx, arg)
			return err
		})
	} else {
		data, err = readBehaviour(arg)
	}
	if err != nil {
		return p, err
	}
	const hint = "a behaviour profile is the document that GET /profiles/{id} gives"
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

// maxBehaviour is the most that is read of one profile: a full one has some 400 KB.
const maxBehaviour = 64 << 20

func readBehaviour(arg string) ([]byte, error) {
	in := io.Reader(os.Stdin)
	if arg != "-" {
		f, err := os.Open(arg)
		if err != nil {
			var at *fs.PathError
			if errors.As(err, &at) {
				err = fmt.Errorf("%s: %w", at.Path, at.Err)
			}
			return nil, source.Wrong(readingProfile, err.Error(), "name a file, - for stdin, or the id of a profile that is kept")
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxBehaviour+1))
	if err != nil {
		return nil, source.Wrong(readingProfile, err.Error(), "")
	}
	if len(data) > maxBehaviour {
		return nil, source.Wrong(readingProfile, fmt.Sprintf("%s has more than the %d bytes that are read", arg, maxBehaviour), "")
	}
	return data, nil
}
