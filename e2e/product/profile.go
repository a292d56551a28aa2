package product

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Profile is the resolved value of every parameter, by lower-cased key: the
// server ignores the case of a key.
type Profile map[string]any

// ReadProfile reads the profile.json of a folder of artefacts.
func ReadProfile(dir string) (Profile, error) {
	text, err := os.ReadFile(filepath.Join(dir, "profile.json"))
	if err != nil {
		return nil, err
	}
	return readProfile(text)
}

func readProfile(text []byte) (Profile, error) {
	type parameter struct {
		Key   string
		Value any
	}
	var document struct {
		SLO      []parameter `json:"slo_params"`
		Topology []parameter `json:"topology_params"`
		Safety   []parameter `json:"safety_params"`
		Tuning   []parameter `json:"tuning_params"`
		Services map[string]map[string]any
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("read profile.json: %w", err)
	}
	profile := Profile{}
	for name, section := range map[string][]parameter{
		"slo_params": document.SLO, "topology_params": document.Topology,
		"safety_params": document.Safety, "tuning_params": document.Tuning,
	} {
		if len(section) == 0 {
			return nil, fmt.Errorf("read profile.json: no %s", name)
		}
		for _, p := range section {
			profile[strings.ToLower(p.Key)] = p.Value
		}
	}
	for service, values := range document.Services {
		for key, value := range values {
			profile[serviceKey(service, key)] = value
		}
	}
	return profile, nil
}

func serviceKey(service, key string) string {
	return "services." + service + "." + strings.ToLower(key)
}

// ServiceValue is the value of a parameter in one service, and whether the profile has it.
func (p Profile) ServiceValue(service, key string) (any, bool) {
	if value, ok := p[serviceKey(service, key)]; ok {
		return value, true
	}
	return p.Value(key)
}

// Value is the value of a parameter, and whether the profile has it.
func (p Profile) Value(key string) (any, bool) {
	value, ok := p[strings.ToLower(key)]
	return value, ok
}
