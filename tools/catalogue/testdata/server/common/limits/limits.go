package limits

const PageSize = 256

const SystemQueue = "system-queue"
