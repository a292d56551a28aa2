package temporal

import (
	_ "go.temporal.io/auto-scaled-workers/client"
	_ "go.temporal.io/server/chasm/lib/callback"
)
