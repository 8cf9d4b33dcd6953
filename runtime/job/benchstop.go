package job

import (
	"math"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// Kernels cannot be preempted: a garbage collection that stops all goroutines waits
// until the kernel under way returns. benchStop is how long, for one program.
type benchStop struct {
	Program string `json:"program"`
	// MedianNanos and WorstNanos are waits from the request until all goroutines
	// stand still, of Stops requests; upper bounds, in steps of an eighth.
	MedianNanos float64 `json:"median_ns"`
	WorstNanos  float64 `json:"worst_ns"`
	Stops       int     `json:"stops"`
}

const (
	// stopMetric counts how long stopping took but for garbage collections, which
	// are rare here; what is measured stops the world itself.
	stopMetric = "/sched/pauses/stopping/other:seconds"
	stops      = 200
	stopPause  = 500 * time.Microsecond // between two
)

// stop measures how soon goroutines stop while one repeats run.
func stop(program string, run func()) benchStop {
	var done atomic.Bool
	ended := make(chan struct{})
	go func() {
		for !done.Load() {
			run()
		}
		close(ended)
	}()
	before := stopCounts()
	var m runtime.MemStats
	for range stops {
		time.Sleep(stopPause)
		runtime.ReadMemStats(&m)
	}
	after := stopCounts()
	done.Store(true)
	<-ended
	s := benchStop{Program: program}
	for i := range after.Counts {
		s.Stops += int(after.Counts[i] - before.Counts[i])
	}
	seen := 0
	for i := range after.Counts {
		n := int(after.Counts[i] - before.Counts[i])
		if n == 0 {
			continue
		}
		bound := after.Buckets[i+1]
		if math.IsInf(bound, 1) {
			bound = after.Buckets[i]
		}
		if seen < (s.Stops+1)/2 {
			s.MedianNanos = 1e9 * bound
		}
		seen += n
		s.WorstNanos = 1e9 * bound
	}
	return s
}

// stopCounts is a copy of the histogram of stopping times.
func stopCounts() metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: stopMetric}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		return metrics.Float64Histogram{} // a Go that does not measure it
	}
	return *sample[0].Value.Float64Histogram()
}
