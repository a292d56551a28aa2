package client

import (
	"time"

	"go.temporal.io/server/common/dynamicconfig"
)

var Interval = dynamicconfig.NewGlobalIntSetting(
	"workercontroller.interval_s",
	int((6 * time.Hour).Seconds()), // 21600
	`First, `+
		`second.`,
)
