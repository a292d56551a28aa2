package main

import (
	"reflect"
	"time"
	_ "unsafe" // for go:linkname

	"go.temporal.io/sdk/worker"
)

// stickyCacheSize is what worker.SetStickyWorkflowCacheSize set; the SDK exports
// no reader for it.
//
//go:linkname stickyCacheSize go.temporal.io/sdk/internal.desiredWorkflowCacheSize
var stickyCacheSize int

// settingsOf returns the numbers, flags and durations (as text) among the options, by field
// name, those of an autoscaling poller as FIELD.NAME, and the process-wide sticky cache size.
func settingsOf(options worker.Options) map[string]any {
	settings := map[string]any{"StickyWorkflowCacheSize": stickyCacheSize}
	fields := reflect.ValueOf(options)
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Name
		switch value := fields.Field(i).Interface().(type) {
		case time.Duration:
			settings[name] = value.String()
		case int, float64, bool:
			settings[name] = value
		case worker.PollerBehavior:
			behaviour := reflect.Indirect(reflect.ValueOf(value))
			for j := range behaviour.NumField() {
				settings[name+"."+behaviour.Type().Field(j).Name] = behaviour.Field(j).Int()
			}
		}
	}
	return settings
}
