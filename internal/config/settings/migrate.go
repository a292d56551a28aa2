package settings

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/temporal-dsql/temporal-dsql/internal/config/cuemod"
)

// A SettingMeaning is the part of a deployment that a running setting becomes.
type SettingMeaning struct {
	Setting int `json:"setting"` // index in the input
	// override, site or placed, or why it is none of them: unread, unknown, invalid, apart
	Target string `json:"target"`
	// the parameter, the dynamic-config key or the field of the site
	Key   string `json:"key"`
	Kind  string `json:"kind"`
	Value any    `json:"value"`
	// the value without the setting, if that is known without resolving
	Base   any    `json:"base"`
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
	// whether the presence of the setting alone has a meaning
	Revealed bool `json:"revealed"`

	// Store is the plugin of the other database that the setting shows, where its value does not name it.
	Store string `json:"store"`
	// Left is why it stays behind if the store of its service is another database; "" if it does not.
	Left string `json:"left"`
	// Place is the service, namespace or task queue that the value is for, where it is placed.
	Place *Place `json:"place"`

	Near   string `json:"near"`   // the names among which to suggest: keys, variables, misspelt
	Unread string `json:"unread"` // the reason if nothing reads it
}

// A Place is a service, namespace or task queue as a deployment states it.
type Place struct {
	Field     string `json:"field"` // services, namespaces or task_queues
	Label     string `json:"label"` // below the field
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	TaskType  string `json:"task_type"`
}

// FindMeanings returns the meaning of settings for a deployment of a server version and a
// plugin generation, in the order of the settings. One setting can have several meanings.
func FindMeanings(ctx context.Context, m *cuemod.Module, settings []RunningSetting, server, plugin string) ([]SettingMeaning, error) {
	return cuemod.WithEvaluator(m, func(e *cuemod.Evaluator) ([]SettingMeaning, error) {
		if err := checkVersions(e, server, plugin); err != nil {
			return nil, err
		}
		x := newEvaluation("#Migrate", settings, server, plugin)
		var all []SettingMeaning
		err := eachBatch(ctx, e, batchSettings(settings, evaluateAll), func(e *cuemod.Evaluator, b batch) error {
			found, err := findMeanings(e, x, settings, b)
			all = append(all, found...)
			return err
		})
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(all, func(a, b SettingMeaning) int { return cmp.Compare(a.Setting, b.Setting) })
		return all, nil
	})
}

func findMeanings(e *cuemod.Evaluator, x *evaluation, settings []RunningSetting, b batch) ([]SettingMeaning, error) {
	distinct := b.distinctSettings(settings)
	v, err := x.evaluateBatch(e, distinct, nil)
	if err != nil {
		return nil, err
	}
	var found []SettingMeaning
	if err := lookupField(v, answerField, "meanings").Decode(&found); err != nil {
		return nil, e.UserError("read what settings mean", err)
	}
	hasMeaning := map[int]bool{}
	for _, m := range found {
		hasMeaning[m.Setting] = true
	}
	for i := range distinct {
		if !hasMeaning[i] {
			return nil, fmt.Errorf("read what %s means: its result is incomplete", distinct[i].Key)
		}
	}
	if err := addUnread(e, distinct, x.server, found); err != nil {
		return nil, err
	}
	var all []SettingMeaning
	for _, m := range found {
		for _, i := range b.distinct[m.Setting] {
			m.Setting = i
			all = append(all, m)
		}
	}
	return all, nil
}

// addUnread adds suggestions for settings that nothing reads. A name that is close to
// nothing belongs to another program.
func addUnread(e *cuemod.Evaluator, settings []RunningSetting, server string, all []SettingMeaning) error {
	var problems []LintProblem
	for i, m := range all {
		if m.Near != "" {
			problems = append(problems, LintProblem{Setting: m.Setting, Near: m.Near, N: i, Remedy: m.Remedy})
		}
	}
	problems, err := addSuggestions(e, settings, problems, server)
	for _, p := range problems {
		m := &all[p.N]
		m.Target, m.Remedy, m.Reason = "unread", p.Remedy, cmp.Or(m.Unread, m.Reason)
	}
	return err
}
