package callback

import dc "go.temporal.io/server/common/dynamicconfig"

var OnlyInTests = dc.NewGlobalIntSetting("test.only", 1, "Doc.")
