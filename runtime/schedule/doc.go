// Package schedule has the learning-rate schedules (spec: optimizers, section 7):
// one row of Schedules for each. A schedule is a function of the number of
// updates done, from 0, and nothing else, so a resumed run goes on exactly.
//
// It may import runtime/config only.
package schedule
