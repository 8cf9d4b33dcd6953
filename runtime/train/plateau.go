package train

import (
	"fmt"

	"github.com/cnnc/cnnc/runtime/config"
)

// plateau lowers the learning rate when a metric stalls (spec: training,
// ReduceLROnPlateau).
type plateau struct {
	config.Reduce
	up bool
	plateauState
}

// plateauState is what a checkpoint keeps.
type plateauState struct {
	Best     best
	Wait     int
	Cooldown int
}

func newPlateau(c config.Reduce) (*plateau, error) {
	p := &plateau{Reduce: c, plateauState: plateauState{Best: best{Epoch: -1}}}
	var err error
	if p.up, err = upward(c.Metric, c.Mode); err != nil {
		return nil, fmt.Errorf("reduce: %w", err)
	}
	switch {
	case !(c.Factor > 0 && c.Factor < 1):
		return nil, fmt.Errorf("reduce: the factor is %v, want a number between 0 and 1", c.Factor)
	case c.Stall < 0 || c.Cooldown < 0 || !(c.MinRate >= 0):
		return nil, fmt.Errorf("reduce: numbers below 0")
	}
	return p, nil
}

// epochEnd takes in an epoch and returns the learning rate after it; rate is that
// of the epoch.
func (p *plateau) epochEnd(logs *EpochLogs, rate float64) float64 {
	value, ok := logs.Lookup(p.Metric)
	if !ok {
		return rate
	}
	if p.plateauState.Cooldown > 0 {
		p.plateauState.Cooldown--
		p.Wait = 0
	}
	switch {
	case p.Best.improves(value, p.MinDelta, p.up):
		p.Best = best{Epoch: logs.Epoch, Value: Number(value)}
		p.Wait = 0
	case p.plateauState.Cooldown == 0:
		p.Wait++
		if p.Wait >= p.Stall && rate > p.MinRate {
			rate = max(rate*p.Factor, p.MinRate)
			p.plateauState.Cooldown, p.Wait = p.Reduce.Cooldown, 0
		}
	}
	return rate
}
