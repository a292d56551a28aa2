package unlinked

import "go.temporal.io/server/common/dynamicconfig"

var Unlinked = dynamicconfig.NewGlobalIntSetting("unlinked.key", 1, "Doc.")
