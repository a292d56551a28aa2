package callback

import (
	"time"

	dc "go.temporal.io/server/common/dynamicconfig"
)

type policy struct{ Initial, Max time.Duration }

var defaultPolicy = policy{Initial: time.Second, Max: time.Hour}

var RetryPolicy = dc.NewGlobalTypedSettingWithConverter(
	"callback.retryPolicy",
	func(in any) (Retry, error) {
		cfg, err := dc.ConvertStructure(defaultPolicy)(in)
		return cfg.build(), err
	},
	defaultPolicy.build(),
	"Doc.",
)

var Allowed = dc.NewNamespaceTypedSettingWithConverter("callback.allowed", convertAllowed, Rules{}, "Doc.")

type Rules struct{ Rules []string }

func convertAllowed(in any) (Rules, error) {
	type entry struct{ Pattern string }
	entries, err := dc.ConvertStructure[[]entry](nil)(in)
	return build(entries), err
}

var Template = dc.NewGlobalTypedSettingWithConverter("callback.template", convertTemplate, nil, "Doc.")

func convertTemplate(in any) (*T, error) {
	s, ok := in.(string)
	return parse(s), ok
}
