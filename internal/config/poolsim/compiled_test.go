package poolsim

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/config/registry"
)

// compiled holds a compile as the plugin sees it: its environment, the sizes of the
// SQL configuration, and the limits and margins of the profile.
type compiled struct {
	fatal       func(...any)
	values      map[string]any    // by parameter
	environment map[string]string // by variable
	generation  Generation
	limits      map[string]float64
	margins     map[string]float64
}

// compiler resolves requests and renders the environment of one generation.
type compiler struct {
	engine     *compile.Engine
	parameters []registry.Parameter
}

// sharedCompiler is that of all tests.
var sharedCompiler = sync.OnceValues(func() (compiler, error) {
	e := compile.Embedded()
	e.ExpectMany()
	parameters, err := e.Parameters()
	return compiler{e, parameters}, err
})

func newCompiler(t testing.TB) compiler {
	t.Helper()
	c, err := sharedCompiler()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c compiler) resolve(t interface{ Fatal(...any) }, r compile.Request, overrides ...string) compiled {
	for _, text := range overrides {
		o, err := c.engine.ParseOverride(text)
		if err != nil {
			t.Fatal(err)
		}
		r.Overrides = append(r.Overrides, o)
	}
	r.SDKs, r.Platforms = []string{}, []string{}
	result, err := c.engine.Resolve(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Violations) > 0 {
		t.Fatal(result.Violations)
	}
	generation, err := strconv.Atoi(result.Profile.DSQLPluginVersion)
	if err != nil {
		t.Fatal(err)
	}
	out := compiled{
		fatal: t.Fatal, values: map[string]any{}, environment: map[string]string{}, generation: Generation(generation),
		limits: result.Profile.Limits, margins: result.Profile.Margins,
	}
	for _, p := range result.Profile.Params() {
		out.values[p.Key] = p.Value
	}
	for _, p := range c.parameters {
		value, ok := out.values[p.Key]
		if !ok || value == nil {
			continue
		}
		for _, v := range p.Env {
			if len(v.Generations) == 0 || slices.Contains(v.Generations, result.Profile.DSQLPluginVersion) {
				out.environment[v.Name] = fmt.Sprint(value)
			}
		}
	}
	return out
}

func (c compiled) number(key string) float64 {
	n, err := strconv.ParseFloat(fmt.Sprint(c.values[key]), 64)
	if err != nil {
		c.fatal(key, err)
	}
	return n
}

func (c compiled) duration(key string) time.Duration {
	d, err := time.ParseDuration(fmt.Sprint(c.values[key]))
	if err != nil {
		c.fatal(key, err)
	}
	return d
}

// The next functions read a variable as the plugin does: an absent or malformed value
// is the default.

func (c compiled) envNumber(name string, otherwise int) int {
	n, err := strconv.Atoi(c.environment[name])
	if err != nil {
		return otherwise
	}
	return n
}

func (c compiled) envDuration(name string, otherwise time.Duration) time.Duration {
	d, err := time.ParseDuration(c.environment[name])
	if err != nil {
		return otherwise
	}
	return d
}

func (c compiled) envBool(name string, otherwise bool) bool {
	b, err := strconv.ParseBool(c.environment[name])
	if err != nil {
		return otherwise
	}
	return b
}

// limit returns a limit or a margin of the profile.
func (c compiled) limit(name string) float64 {
	if n, ok := c.limits[name]; ok {
		return n
	}
	n, ok := c.margins[name]
	if !ok {
		c.fatal("the profile has no limit or margin ", name)
	}
	return n
}

// scenario returns the deployment under the heaviest load: calls hold every
// connection of every pool as soon as the process is ready.
func (c compiled) scenario() Scenario {
	conns := int(c.number("persistence.maxConns"))
	s := Scenario{
		Seed: 1, Generation: c.generation,
		Cluster: Cluster{
			Limit: int(c.limit("connections_per_cluster")), Rate: c.limit("connections_per_second"),
			Burst:    int(c.limit("connection_burst")),
			Lifetime: time.Duration(c.limit("connection_lifetime_seconds")) * time.Second,
		},
		MaxConns:   conns,
		Handshake:  100 * time.Millisecond,
		RoundTrip:  5 * time.Millisecond,
		StartPools: 3,
		Load:       Load{InUse: conns, Ramp: time.Second},
		Until:      5 * time.Minute,
	}
	for _, service := range []string{"history", "matching", "frontend", "worker"} {
		s.Services = append(s.Services, int(c.number(service+".replicas")))
	}
	if c.envBool("DSQL_STAGGERED_STARTUP", true) {
		s.Stagger = c.envDuration("DSQL_STAGGERED_STARTUP_MAX_DELAY", 5*time.Second)
	}
	s.Limiter = Limiter{
		Rate: float64(c.envNumber("DSQL_CONNECTION_RATE_LIMIT", 10)), Burst: c.envNumber("DSQL_CONNECTION_BURST_LIMIT", 100),
	}
	if c.envBool("DSQL_DISTRIBUTED_RATE_LIMITER_ENABLED", false) {
		s.Limiter = Limiter{
			Kind: PerSecondCounter, Rate: float64(c.envNumber("DSQL_DISTRIBUTED_RATE_LIMITER_LIMIT", 100)),
			MaxWait: c.envDuration("DSQL_DISTRIBUTED_RATE_LIMITER_MAX_WAIT", 30*time.Second),
		}
		if c.generation == 2 && c.envBool("DSQL_TOKEN_BUCKET_ENABLED", false) {
			s.Limiter = Limiter{
				Kind: TokenBucket, Rate: float64(c.envNumber("DSQL_TOKEN_BUCKET_RATE", 100)),
				Burst:   c.envNumber("DSQL_TOKEN_BUCKET_CAPACITY", 1000),
				MaxWait: c.envDuration("DSQL_TOKEN_BUCKET_MAX_WAIT", 30*time.Second),
			}
		}
	}
	if !c.envBool("DSQL_RESERVOIR_ENABLED", false) {
		tick := c.envDuration("DSQL_POOL_KEEPER_TICK_INTERVAL", time.Second)
		s.Keeper = Keeper{
			Lifetime: c.duration("dsql.max_conn_lifetime"),
			Stagger:  c.envDuration("DSQL_POOL_WARMUP_STAGGER_DURATION", 0),
			Tick:     tick, PerTick: c.envNumber("DSQL_POOL_KEEPER_MAX_CONNS_PER_TICK", 1),
		}
		return s
	}
	s.Reservoir = &Reservoir{
		Target: c.envNumber("DSQL_RESERVOIR_TARGET_READY", conns), LowWatermark: c.envNumber("DSQL_RESERVOIR_LOW_WATERMARK", conns),
		Lifetime:    c.envDuration("DSQL_RESERVOIR_BASE_LIFETIME", 11*time.Minute),
		Jitter:      c.envDuration("DSQL_RESERVOIR_LIFETIME_JITTER", 2*time.Minute),
		Guard:       c.envDuration("DSQL_RESERVOIR_GUARD_WINDOW", 45*time.Second),
		FillTimeout: c.envDuration("DSQL_RESERVOIR_INITIAL_FILL_TIMEOUT", 30*time.Second),
	}
	if c.generation == 2 && c.envBool("DSQL_DISTRIBUTED_CONN_LEASE_ENABLED", false) {
		s.Slots = &Slots{
			Size: c.envNumber("DSQL_SLOT_BLOCK_SIZE", 100), Count: c.envNumber("DSQL_SLOT_BLOCK_COUNT", 100),
			TTL:   c.envDuration("DSQL_SLOT_BLOCK_TTL", 3*time.Minute),
			Renew: c.envDuration("DSQL_SLOT_BLOCK_RENEW_INTERVAL", time.Minute),
		}
	}
	return s
}
