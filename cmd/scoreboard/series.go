package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// series is one of the Numenta Anomaly Benchmark, with the labelled anomalies.
type series struct {
	name     string
	points   []behaviour.Point
	labelled [][2]int64
}

// loadSeries loads every series below a folder, by name.
func loadSeries(root string) ([]series, error) {
	text, err := os.ReadFile(filepath.Join(root, "combined_windows.json"))
	if err != nil {
		return nil, fmt.Errorf("read the labels: %w", err)
	}
	var labels map[string][][2]string
	if err := json.Unmarshal(text, &labels); err != nil {
		return nil, fmt.Errorf("read the labels: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(root, "*", "*.csv"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var all []series
	for _, file := range files {
		name, err := filepath.Rel(root, file)
		if err != nil {
			return nil, err
		}
		s := series{name: filepath.ToSlash(name)}
		if s.points, err = readSeries(file); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for _, l := range labels[s.name] {
			var window [2]int64
			for i, at := range l {
				t, err := time.Parse("2006-01-02 15:04:05.000000", at)
				if err != nil {
					return nil, fmt.Errorf("read the labels of %s: %w", name, err)
				}
				window[i] = t.Unix()
			}
			s.labelled = append(s.labelled, window)
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no series", root)
	}
	return all, nil
}

func readSeries(file string) ([]behaviour.Point, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it is only read
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	points := make([]behaviour.Point, 0, len(rows))
	for _, row := range rows[1:] {
		at, err := time.Parse(time.DateTime, row[0])
		if err != nil {
			return nil, err
		}
		v, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			return nil, err
		}
		points = append(points, behaviour.Point{Time: at.Unix(), Value: v})
	}
	return points, nil
}

// isClean reports whether no anomaly is labelled in a stretch.
func isClean(points []behaviour.Point, labelled [][2]int64) bool {
	first, last := points[0].Time, points[len(points)-1].Time
	return !slices.ContainsFunc(labelled, func(l [2]int64) bool { return first <= l[1] && last >= l[0] })
}
