package artefact

// A Capacity is the load that a deployment carries.
type Capacity struct {
	Load       float64         `json:"load"`       // the stated one, in state transitions a second
	Carries    CarriableLoad   `json:"carries"`    // the load that can be planned with
	Bottleneck Bottleneck      `json:"bottleneck"` // the resource that is full first
	Resources  []ResourceUsage `json:"resources"`
	Takeover   Takeover        `json:"takeover"`
	Cost       Cost            `json:"cost"`
}

// A Takeover is what an instance of history needs of its limit of calls to the database while it takes over its shards,
// in calls a second.
type Takeover struct {
	Parameter string  `json:"parameter"` // that sets the limit
	Limit     float64 `json:"limit"`     // of one instance
	Needed    float64 `json:"needed"`
	OfLoad    float64 `json:"of_load"`   // for the stated load
	OfShards  float64 `json:"of_shards"` // for the shards
	Ratio     float64 `json:"ratio"`     // of the limit to the need: below 1, guard rail persistence_qps_headroom reports it
}

// A CarriableLoad is a load, and the resource that limits it.
type CarriableLoad struct {
	Load float64 `json:"load"`
	Name string  `json:"name"`
}

// A Bottleneck is the resource that is full first.
type Bottleneck struct {
	Name     string  `json:"name"`
	Resource string  `json:"resource"`
	FullAt   float64 `json:"full_at"` // state transitions a second
	// Next is the resource that is full after it, and Raise carries the load that far.
	Next  *NextBottleneck `json:"next,omitempty"`
	Raise *Raise          `json:"raise,omitempty"`
}

// A NextBottleneck is the resource that is full second.
type NextBottleneck struct {
	Name   string  `json:"name"`
	FullAt float64 `json:"full_at"`
}

// A Raise is a change of one parameter.
type Raise struct {
	Parameter string  `json:"parameter"`
	Service   string  `json:"service,omitempty"` // the one whose own value it is
	From      float64 `json:"from"`
	To        float64 `json:"to"`
}

// A ResourceUsage is a resource at the stated load.
type ResourceUsage struct {
	Name        string   `json:"name"`
	Resource    string   `json:"resource"`
	Unit        string   `json:"unit"`
	Demand      float64  `json:"demand"`
	Limit       float64  `json:"limit"`
	Utilization float64  `json:"utilization"`
	Usable      float64  `json:"usable"`            // share of the limit that can be planned with
	FullAt      *float64 `json:"full_at,omitempty"` // nil where the load does not change it
	Carries     *float64 `json:"carries,omitempty"` // the load at the usable share
	Soft        bool     `json:"soft"`              // beyond it, the cluster is slower and refuses nothing
	Parameter   string   `json:"parameter,omitempty"`
	Value       any      `json:"value,omitempty"`
	Instances   string   `json:"instances,omitempty"` // the parameter that counts those that each have the limit
}

// A Cost estimates what DSQL bills for the stated load around the clock.
type Cost struct {
	DPUPerTransition Range `json:"dpu_per_transition"`
	DPUPerMonth      Range `json:"dpu_per_month"`
	USDPerMonth      Range `json:"usd_per_month"`
	// USDPerMillionDPU is the price behind it.
	USDPerMillionDPU float64 `json:"usd_per_million_dpu"`
}

// USDPerThousand returns the price of 1,000 transitions that each take some DPU, without the free ones of a month.
func (c Cost) USDPerThousand(dpuPerTransition float64) float64 {
	return 1000 * dpuPerTransition * c.USDPerMillionDPU / 1e6
}

// A Range is an estimate.
type Range struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}
