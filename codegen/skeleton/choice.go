package skeleton

// choice says whether images are computed with helpers or alone, by the time that
// they take either way. What was faster is done; every now and then some images in
// a row, a trial, are computed in the other way. Helpers that have become a burden,
// because another process wants their processor, are noticed without one: images
// take longer with them than they took alone.
//
// Times are sums of images, so that the same figures suit images of 50 us and of
// 50 ms, and a pause between images is no part of them.
type choice struct {
	alone bool // what is done, but for trials
	trial bool
	ways  [2]way // joined and alone
	warm  int    // images computed at all, up to choiceWarm

	row   tally   // the images computed one way, since the last change of way
	held  tally   // those since helpers were taken, with trials
	since float64 // time since the last trial
	gap   float64 // until the next
}

// tally is a number of images and the nanoseconds they took.
type tally struct{ images, nanos float64 }

// way is one of two ways to compute images.
type way struct {
	pace    float64 // nanoseconds an image takes, mean of the last ones
	counted int     // of them
}

const (
	// choiceWarm images at the start touch memory for the first time and do not
	// count.
	choiceWarm = 4
	// choiceSettle is how long images in a row do not count: helpers have to start,
	// and their processors to wake. choiceTrial is the length of a trial with that.
	choiceSettle = 300e3
	choiceTrial  = 1e6
	// Helpers that seem to be of no use are tried for choicePatience if that costs
	// no more than choiceStake: a system may wake their threads on the processor of
	// the goroutine that asks, though another is idle, and move them a few clock
	// ticks later, of 1 to 10 ms each.
	choicePatience = 8e6
	choiceStake    = 1.5e6
	// The distance between trials grows until one costs less than one part of
	// choiceShare, at once to choiceEase times what it did cost. choiceGap is the
	// most for helpers that promise to be of use, but are not.
	choiceShare = 100
	choiceEase  = 4
	choiceGap   = 256e6
	// choiceMean is the number of images in a mean, choiceGain how much slower what
	// is done must be than the other way.
	choiceMean = 8
	choiceGain = 1.03
)

// joins decides whether the next image is computed with helpers.
func (c *choice) joins() bool { return c.alone == c.trial }

// measured takes the time of the image into account that joins was last asked for.
// None is left out, however long: a helper that holds a part while its processor
// is taken away shows in few images, and those take ten times as long.
func (c *choice) measured(nanos float64) {
	if c.warm < choiceWarm {
		c.warm++
		return
	}
	c.row = tally{c.row.images + 1, c.row.nanos + nanos}
	c.held = tally{c.held.images + 1, c.held.nanos + nanos}
	if c.since += nanos; c.row.nanos < choiceSettle {
		return
	}
	joined, alone := &c.ways[0], &c.ways[1]
	done, other := joined, alone
	if c.alone {
		done, other = other, done
	}
	w := done
	if c.trial {
		w = other
	}
	w.counted = min(w.counted+1, choiceMean)
	w.pace += (nanos - w.pace) / float64(w.counted)
	switch {
	case c.trial && c.row.nanos >= choiceTrial:
		cost := c.row.nanos - c.row.images*done.pace
		if useless := done.pace <= choiceGain*other.pace; useless && c.alone && c.row.nanos < choicePatience && cost < choiceStake {
			return
		}
		c.judge(done.pace, other.pace)
	case !c.trial && (c.since >= max(c.gap, choiceTrial) || !c.alone && alone.pace > 0 && joined.pace > choiceGain*alone.pace):
		c.trial, c.row, other.counted = true, tally{}, 0
	}
}

// judge ends a trial of images that took tried each, where those before took done.
func (c *choice) judge(done, tried float64) {
	switch {
	case done <= choiceGain*tried:
		if cost := c.row.nanos - c.row.images*done; cost > c.gap/choiceShare {
			c.gap = max(2*c.gap, choiceEase*cost)
		}
	case c.alone:
		c.alone, c.held = false, c.row
	default:
		c.alone = true
		// Helpers that were of use come back soon.
		cost := c.held.nanos - c.held.images*tried
		if c.gap == 0 || cost < 0 {
			c.gap = choiceTrial
		} else {
			c.gap = min(max(2*c.gap, choiceEase*cost), choiceGap)
		}
	}
	c.trial, c.row, c.since = false, tally{}, 0
}
