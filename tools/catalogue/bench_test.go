package main

import (
	"os"
	"syscall"
	"testing"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"
)

// BenchmarkParse is the smaller part of BenchmarkLookup.
func BenchmarkParse(b *testing.B) {
	measure(b, func(table []byte) error {
		_, err := parser.ParseFile(fileName, table)
		return err
	})
}

// BenchmarkLookup is what one compile of the product pays for the table: parse,
// build, which evaluates it, and look one key up.
func BenchmarkLookup(b *testing.B) {
	measure(b, func(table []byte) error {
		v := cuecontext.New().CompileBytes(table)
		_, err := v.LookupPath(cue.MakePath(cue.Str("keys"), cue.Str("history.persistencemaxqps"), cue.Str("kind"))).String()
		return err
	})
}

// measure reports processor time, which says more than the clock does on a
// machine that is busy with other work.
func measure(b *testing.B, work func(table []byte) error) {
	b.Helper()
	table, err := os.ReadFile(schemaDir + "/" + fileName)
	if err != nil {
		b.Fatal(err)
	}
	before := processorTime(b)
	for b.Loop() {
		if err := work(table); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
