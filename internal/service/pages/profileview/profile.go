// Package profileview prepares a profile, or two that are compared, for pages and reports.
package profileview

import (
	"strconv"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/engines"
	"github.com/temporal-dsql/temporal-dsql/internal/service/pages/frame"
)

// Profile shows a profile.
type Profile struct {
	*behaviour.Profile
	Span, Length  string
	Categories    []metricCategory
	Metrics       int
	Missing       int
	Outside       FoldedList[metricView]
	Verdict       *Conformance // own target; nil without one
	Show          Filter
	Configuration configurationView
	Baseline      *store.Baseline // baseline of the cluster and namespace
	Made          bool            // created by the previous request
	Held          []Conformance
	Promised      string // target whose bounds the plots show
}

// NewProfile returns the view of a profile with its conformance.
func NewProfile(profile *behaviour.Profile, ref *engines.ModuleData, held []Conformance) Profile {
	promised := findPromises(held)
	outside, categories := listMetrics(profile, ref.Metrics, promised)
	v := Profile{
		Profile: profile, Span: frame.FormatWindow(profile.WindowStart, profile.WindowEnd),
		Length:     frame.FormatDuration(profile.WindowEnd.Sub(profile.WindowStart)),
		Categories: categories, Outside: FoldList(outside, MaxCards), Promised: promised.target, Held: held,
		Configuration: newConfigurationView(profile.Config, ref), Metrics: len(outside),
	}
	for i, h := range held {
		if h.Own {
			v.Verdict = &held[i]
			break
		}
	}
	for _, c := range v.Categories {
		v.Metrics += len(c.Metrics)
		v.Missing += c.Missing
	}
	return v
}

type seriesPoints struct {
	Times  []int64        `json:"t"`
	Values []roundedValue `json:"v"`
}

// roundedValue is a number with five significant digits.
type roundedValue float64

// MarshalJSON formats the rounded number.
func (s roundedValue) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(s), 'g', 5, 64), nil
}

// CollectSeries returns the samples of each metric, with times since the start of the window.
func CollectSeries(profile *behaviour.Profile) map[string]seriesPoints {
	all := map[string]seriesPoints{}
	start := profile.WindowStart.Unix()
	for category, metrics := range profile.Telemetry {
		for name, s := range metrics {
			if len(s.Series) == 0 {
				continue
			}
			one := seriesPoints{make([]int64, len(s.Series)), make([]roundedValue, len(s.Series))}
			for i, p := range s.Series {
				one.Times[i], one.Values[i] = p.Time-start, roundedValue(p.Value)
			}
			all[category+"."+name] = one
		}
	}
	return all
}
