package poolsim

import "time"

// Generation is a generation of the plugin: 1 or 2.
type Generation int

// Cluster is the DSQL cluster: the limits that it enforces.
type Cluster struct {
	Limit    int           // connections
	Rate     float64       // opens a second
	Burst    int           // opens
	Lifetime time.Duration // scheduleAfter which it cuts a connection
}

// Reservoir configures the reservoir of one instance.
type Reservoir struct {
	Target       int
	LowWatermark int
	Lifetime     time.Duration
	Jitter       time.Duration
	Guard        time.Duration
	FillTimeout  time.Duration
}

// waitingTarget returns the number of waiting connections that the refiller keeps. The
// plugin raises it to the low watermark.
func (r Reservoir) waitingTarget() int { return max(r.Target, r.LowWatermark) }

// LimiterKind selects what paces the opens of an instance.
type LimiterKind int

// The limiters of the plugin.
const (
	LocalLimiter     LimiterKind = iota // rate and burst of one instance
	PerSecondCounter                    // one DynamoDB item a second, for all instances
	TokenBucket                         // one DynamoDB item, for all instances
)

// Limiter configures what paces the opens.
type Limiter struct {
	Kind    LimiterKind
	Rate    float64       // a second: of the instance, or of all instances
	Burst   int           // of the instance, or of all instances
	MaxWait time.Duration // of the shared kinds
}

// Slots configures the slot blocks of generation 2.
type Slots struct {
	Size, Count int
	TTL, Renew  time.Duration
}

// Keeper configures a pool without a reservoir.
type Keeper struct {
	Lifetime time.Duration // of a connection in the database/sql pool
	Stagger  time.Duration // over which the first connections open
	Tick     time.Duration
	PerTick  int
}

// RollingUpdate replaces all instances, in all services at the same time.
type RollingUpdate struct {
	At    time.Duration
	Surge float64       // share of a service's replicas that start before others stop
	Drain time.Duration // from the new instances being ready to the end of the old ones
}

// Load is the work of one instance: calls that hold a connection at the same time.
type Load struct {
	InUse int
	Ramp  time.Duration // from being ready to holding all of them
	// CutInCall is the share of cuts that hit a call on its way. Such a call fails
	// with an error that makes the server recreate its pool.
	CutInCall float64
}

// Scenario is one run: a deployment, a cluster and what happens to them.
type Scenario struct {
	Seed       uint64
	Generation Generation
	Cluster    Cluster
	Services   []int // replicas of each service; each replica is one process
	MaxConns   int
	Reservoir  *Reservoir // nil means the pool keeper
	Keeper     Keeper
	Limiter    Limiter
	Slots      *Slots        // nil means no leases
	Stagger    time.Duration // longest random delay before the first open
	Handshake  time.Duration // TCP, TLS, sign-in
	RoundTrip  time.Duration // to DynamoDB
	Load       Load
	// StartPools are the short-lived pools before the service's own: schema check,
	// cluster metadata, system namespaces. A measurement of one pool alone has none.
	StartPools int
	Rolling    *RollingUpdate
	Until      time.Duration
	// MaxFailures ends a run early that has more failures than this. 0 means no bound.
	MaxFailures int
}

// countInstances returns the number of processes before a rolling update.
func (s Scenario) countInstances() int {
	n := 0
	for _, replicas := range s.Services {
		n += replicas
	}
	return n
}

// Report holds the results of a run.
type Report struct {
	Peak           int           // most connections of the cluster at once
	PeakAt         time.Duration // when
	PeakInstance   int           // most connections of one process at once
	PeakProcesses  int           // most processes at once
	Opens          int           // accepted by the cluster
	RefusedRate    int           // refused: over the open rate
	RefusedLimit   int           // refused: over the connection limit
	FailedLeases   int           // refills that found no free slot
	EmptyOpens     int           // opens of a pool that found the reservoir empty
	FailedStarts   int           // processes that gave up before they were ready
	TimedOutFills  int           // start gates that gave up waiting
	Recreated      int           // pools recreated after an error
	BlocksPeak     int           // slot blocks held at once
	Ready          []Start       // in the order of becoming ready
	Seconds        []Second      // the state at the end of each second
	Oldest         time.Duration // age of the oldest connection at the end
	Waiting        int           // connections in the reservoirs at the end
	Held           int           // connections in the pools at the end
	LastLeaseFails int           // failed leases in the last whole second
}

// CountFailures returns all that went wrong: refusals, starvation, failed starts.
func (r Report) CountFailures() int {
	return r.RefusedRate + r.RefusedLimit + r.FailedLeases + r.EmptyOpens + r.FailedStarts + r.TimedOutFills + r.Recreated
}

// Start is one process that became ready.
type Start struct {
	At   time.Duration // since the run began
	Took time.Duration // since the process began
	Fill time.Duration // waiting for the reservoir of the service's own pool
}

// Second is one second of a run.
type Second struct {
	Connections int // at its end
	Waiting     int // at its end, in the reservoirs of running pools
	Held        int // at its end, in pools
	Wanted      int // at its end, by calls
	Opens       int
	Refused     int
}

// LastReady returns when the last process became ready, and whether all of them did.
func (r Report) LastReady(processes int) (time.Duration, bool) {
	if len(r.Ready) < processes {
		return 0, false
	}
	return r.Ready[processes-1].At, true
}

// SlowestStart returns the longest time that a process took to become ready.
func (r Report) SlowestStart() time.Duration {
	var slowest time.Duration
	for _, s := range r.Ready {
		slowest = max(slowest, s.Took)
	}
	return slowest
}

// SlowestFill returns the longest wait for the reservoir of a service's own pool.
func (r Report) SlowestFill() time.Duration {
	var slowest time.Duration
	for _, s := range r.Ready {
		slowest = max(slowest, s.Fill)
	}
	return slowest
}

// BusiestSeconds returns the most opens in a number of consecutive seconds.
func (r Report) BusiestSeconds(from, to time.Duration, number int) int {
	most, sum := 0, 0
	first := int(from / time.Second)
	for i := first; i < min(int(to/time.Second), len(r.Seconds)); i++ {
		sum += r.Seconds[i].Opens
		if i-number >= first {
			sum -= r.Seconds[i-number].Opens
		}
		most = max(most, sum)
	}
	return most
}
