package main

import (
	"math"
	"math/rand/v2"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/behaviour"
)

// shape is a typical course of a metric.
type shape struct {
	name string
	// value at a sample, with perDay samples a day
	value func() func(i int, random *rand.Rand) float64
}

// every five minutes, as in most of the benchmark's series
const perDay = 288

var shapes = []shape{
	{"noise", func() func(int, *rand.Rand) float64 {
		return func(_ int, random *rand.Rand) float64 { return math.Exp(0.5 * random.NormFloat64()) }
	}},
	{"wanders over hours", randomWalk(0.99, 0.3)},
	{"wanders over days", randomWalk(0.999, 0.5)},
	{"daily cycle of 30 %", dailyCycle(0.3, 0.1)},
	{"daily cycle of 70 %", dailyCycle(0.7, 0.2)},
	{"bursts", func() func(int, *rand.Rand) float64 {
		left := 0.0
		return func(_ int, random *rand.Rand) float64 {
			if left--; left < 0 && random.Float64() < 0.01 {
				left = math.Floor(20 * random.ExpFloat64())
			}
			if left > 0 {
				return 50 + 20*random.Float64()
			}
			return 1 + 0.02*random.NormFloat64()
		}
	}},
	{"steps", func() func(int, *rand.Rand) float64 {
		level := 0.0
		return func(_ int, random *rand.Rand) float64 {
			if random.Float64() < 0.001 {
				level = random.NormFloat64()
			}
			return math.Exp(level + 0.15*random.NormFloat64())
		}
	}},
}

// randomWalk returns values that each remember part of the one before.
func randomWalk(memory, deviation float64) func() func(int, *rand.Rand) float64 {
	return func() func(int, *rand.Rand) float64 {
		level := 0.0
		return func(_ int, random *rand.Rand) float64 {
			level = memory*level + deviation*math.Sqrt(1-memory*memory)*random.NormFloat64()
			return math.Exp(level + 0.1*random.NormFloat64())
		}
	}
}

// dailyCycle returns values that rise and fall by a share within a day.
func dailyCycle(by, noise float64) func() func(int, *rand.Rand) float64 {
	return func() func(int, *rand.Rand) float64 {
		return func(i int, random *rand.Rand) float64 {
			return (1 + by*math.Sin(2*math.Pi*float64(i)/perDay)) * math.Exp(noise*random.NormFloat64())
		}
	}
}

// copies is the number of series of each shape.
var copies = 12

// makeSeries returns series of one shape, two weeks each.
func makeSeries(s shape) []series {
	all := make([]series, copies)
	for k := range all {
		random, value := rand.New(rand.NewPCG(uint64(k), 7)), s.value()
		all[k].name = s.name
		for i := range 14 * perDay {
			all[k].points = append(all[k].points, behaviour.Point{Time: int64(i) * 24 * 3600 / perDay, Value: value(i, random)})
		}
	}
	return all
}
