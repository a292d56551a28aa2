package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// Result is everything that a calibration measured, as it is stored. The costs in
// schema/capacity_measured.cue follow from it alone.
type Result struct {
	Date     string `json:"date"`
	Command  string `json:"command"`
	Server   string `json:"server"`
	Database string `json:"database"`
	SDK      string `json:"sdk"`
	Shards   int    `json:"shards"`
	Idle     []Idle `json:"idle"`
	Runs     []Run  `json:"runs"`
}

// readStored reads what writeStored has written.
func readStored(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func writeStored(path string, what any) error {
	content, err := json.MarshalIndent(what, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(content, '\n'), 0o644) //nolint:gosec // test data
}
