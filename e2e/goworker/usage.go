package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"go.temporal.io/sdk/worker"
)

// hostUsage reports what the kernel says of this machine.
type hostUsage struct{}

func (hostUsage) MemoryUsage(*worker.SysInfoContext) (float64, error) {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, err
	}
	defer file.Close()
	amounts := map[string]float64{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var kib float64
		name, rest, _ := strings.Cut(lines.Text(), ":")
		if _, err := fmt.Sscan(rest, &kib); err == nil {
			amounts[name] = kib
		}
	}
	if amounts["MemTotal"] == 0 {
		return 0, fmt.Errorf("read /proc/meminfo: no MemTotal")
	}
	return 1 - amounts["MemAvailable"]/amounts["MemTotal"], nil
}

// CpuUsage returns the mean since the machine started.
func (hostUsage) CpuUsage(*worker.SysInfoContext) (float64, error) { //nolint:revive // the interface has this name
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	var user, nice, system, idle float64
	if _, err := fmt.Sscanf(string(text), "cpu %f %f %f %f", &user, &nice, &system, &idle); err != nil {
		return 0, fmt.Errorf("read /proc/stat: %w", err)
	}
	return 1 - idle/(user+nice+system+idle), nil
}
