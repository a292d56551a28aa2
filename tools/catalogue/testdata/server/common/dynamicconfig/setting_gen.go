package dynamicconfig

const (
	PrecedenceUnknown Precedence = iota
	PrecedenceGlobal
	PrecedenceNamespace
	PrecedenceNamespaceID
	PrecedenceTaskQueue
)

func NewGlobalBoolSetting(key string, def bool, description string) GlobalBoolSetting {
	return NewGlobalTypedSettingWithConverter[bool](key, convertBool, def, description)
}

func NewGlobalIntSetting(key string, def int, description string) GlobalIntSetting {
	return NewGlobalTypedSettingWithConverter[int](key, convertInt, def, description)
}

func NewNamespaceFloatSetting(key string, def float64, description string) NamespaceFloatSetting {
	return NewNamespaceTypedSettingWithConverter[float64](key, convertFloat, def, description)
}

func NewNamespaceIDStringSetting(key string, def string, description string) NamespaceIDStringSetting {
	return nil
}

func NewGlobalDurationSetting(key string, def time.Duration, description string) GlobalDurationSetting {
	return nil
}

func NewNamespaceMapSetting(key string, def map[string]any, description string) NamespaceMapSetting {
	return nil
}

func NewTaskQueueIntSettingWithConstrainedDefault(key string, cdef []TypedConstrainedValue[int], description string) TaskQueueIntConstrainedDefaultSetting {
	return nil
}

func NewGlobalTypedSetting[T any](key string, def T, description string) GlobalTypedSetting[T] {
	return GlobalTypedSetting[T]{}
}

func NewGlobalTypedSettingWithConverter[T any](key string, convert func(any) (T, error), def T, description string) GlobalTypedSetting[T] {
	return GlobalTypedSetting[T]{}
}

func NewNamespaceTypedSettingWithConverter[T any](key string, convert func(any) (T, error), def T, description string) NamespaceTypedSetting[T] {
	return NamespaceTypedSetting[T]{}
}
