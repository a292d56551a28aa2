package dynamicconfig

import (
	"os"
	"time"

	"example.com/outside"
	"go.temporal.io/server/common/debug"
	"go.temporal.io/server/common/limits"
)

const prefix = "frontend."

var (
	EnableThing = NewGlobalBoolSetting(
		"system.enableThing",
		true,
		`EnableThing
enables the thing.`,
	)
	FromEnvironment = NewGlobalBoolSetting("system.fromEnvironment", os.Getenv("THING") == "", "Doc.")
	// Undocumented has only this comment.
	Undocumented     = NewGlobalIntSetting("system.undocumented", limits.PageSize*2, "")
	KeyFromConstants = NewGlobalIntSetting(
		prefix+"keyFromConstants",
		0, // 0 means no limit
		"Doc.",
	)
	Ratio       = NewNamespaceFloatSetting("system.ratio", 2, "Doc.")
	ByID        = NewNamespaceIDStringSetting("system.byID", "off", "Doc.")
	Multiplied  = NewGlobalDurationSetting("system.multiplied", 5*time.Second*debug.TimeoutMultiplier, "Doc.")
	Weights     = NewNamespaceMapSetting("system.weights", nil, "Doc.")
	OutsideType = NewGlobalTypedSetting("system.outside", outside.Options{}, "Doc.")
	Struct      = NewGlobalTypedSetting("system.struct", DefaultBreaker, "Doc.")
	List        = NewGlobalTypedSetting("system.list", ([]string)(nil), "Doc.")
	Explicit    = NewGlobalTypedSetting[[]string]("system.explicit", nil, "Doc.")
	Gradual     = NewGlobalTypedSettingWithConverter("system.gradual", ConvertGradualChange(true), StaticGradualChange(true), "Doc.")
	GradualInt  = NewGlobalTypedSettingWithConverter("system.gradualInt", ConvertGradualChange[int](0), StaticGradualChange[int](0), "Doc.")
	Partitions  = NewTaskQueueIntSettingWithConstrainedDefault("matching.partitions", defaultPartitions, "Doc.")
)

var defaultPartitions = []TypedConstrainedValue[int]{
	{Constraints: Constraints{TaskQueueName: limits.SystemQueue, Namespace: "system"}, Value: 1},
	{Value: 4},
}

type Breaker struct {
	Interval time.Duration `mapstructure:"IntervalInSeconds"`
	Requests int32
	Ratio    float64
	Hooks    []string
	Handler  func()
	hidden   int
}

var DefaultBreaker = Breaker{Interval: 90 * time.Second, Ratio: 1}

func StaticGradualChange[T any](def T) GradualChange[T] { return GradualChange[T]{New: def} }
