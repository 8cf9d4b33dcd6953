package tune

import "testing"

// TestRecordLeavesOld: a report that is made again changes nothing of what observers
// have got, who keep their trials.
func TestRecordLeavesOld(t *testing.T) {
	trial := Trial{}
	for epoch := 1; epoch <= 3; epoch++ {
		trial.record(Report{Epoch: 2 * epoch, Value: 1})
	}
	seen := trial
	trial.record(Report{Epoch: 4, Value: 9})
	trial.record(Report{Epoch: 3, Value: 9})
	trial.record(Report{Epoch: 8, Value: 9})
	for i, r := range seen.Reports {
		if r != (Report{Epoch: 2 * (i + 1), Value: 1}) {
			t.Errorf("report %d became %+v", i, r)
		}
	}
	if len(trial.Reports) != 5 || trial.Reports[1].Epoch != 3 || trial.Reports[2].Value != 9 {
		t.Errorf("reports %+v", trial.Reports)
	}
}
