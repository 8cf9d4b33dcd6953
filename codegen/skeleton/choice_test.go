package skeleton

import "testing"

// computing computes images until the time is up and returns their mean and how
// many were joined, in nanoseconds. image is the time of one, begun at now.
func computing(c *choice, now *float64, until float64, image func(join bool, now float64) float64) (mean float64, joined, images int) {
	start := *now
	for *now < until {
		join := c.joins()
		nanos := image(join, *now)
		c.measured(nanos)
		*now += nanos
		images++
		if join {
			joined++
		}
	}
	return (*now - start) / float64(images), joined, images
}

// either is for images that always take the same.
func either(joined, alone float64) func(join bool, now float64) float64 {
	return func(join bool, _ float64) float64 {
		if join {
			return joined
		}
		return alone
	}
}

// TestChoice: what is faster is done from the first 50 images on, and finding out
// costs less than 2 %.
func TestChoice(t *testing.T) {
	for _, c := range []struct{ joined, alone float64 }{
		{30e3, 55e3}, {105e3, 173e3}, {160e3, 173e3}, {290e3, 180e3}, {600e3, 180e3}, {70e3, 40e3},
		{6.1e6, 11.5e6}, {12e6, 11.5e6}, {40e6, 11.5e6}, {100e3, 101e3},
	} {
		var ch choice
		now, best := 0.0, min(c.joined, c.alone)
		mean, _, images := computing(&ch, &now, max(50*best, 7e6), either(c.joined, c.alone))
		if mean > 2*best {
			t.Errorf("joined %v, alone %v: mean of the first %d images %v", c.joined, c.alone, images, mean)
		}
		if max(c.joined, c.alone) > 1.05*best && ch.alone != (c.alone < c.joined) {
			t.Errorf("joined %v, alone %v: alone is %v after %d images", c.joined, c.alone, ch.alone, images)
		}
		mean, joined, images := computing(&ch, &now, now+max(2e9, 1000*best), either(c.joined, c.alone))
		if mean > 1.02*best {
			t.Errorf("joined %v, alone %v: mean of later images %v, %d of %d joined", c.joined, c.alone, mean, joined, images)
		}
	}
}

// TestChoiceLateHelpers: helpers may need some time before they get a processor of
// their own, and are a burden until then.
func TestChoiceLateHelpers(t *testing.T) {
	for _, late := range []float64{1e6, 3e6, 10e6, 30e6} {
		for _, before := range []float64{180e3, 600e3} {
			var ch choice
			now := 0.0
			image := func(join bool, now float64) float64 {
				switch {
				case !join:
					return 173e3
				case now < late:
					return before
				}
				return 105e3
			}
			mean, _, n := computing(&ch, &now, late, image)
			if late > 5e6 && mean > 1.8*173e3 {
				t.Errorf("%v ns each until %v: mean of the first %d images %v", before, late, n, mean)
			}
			mean, joined, n := computing(&ch, &now, now+max(3e6, 1.5*late), image)
			if ch.alone {
				t.Errorf("%v ns each until %v: alone after %d more images, mean %v, %d joined", before, late, n, mean, joined)
			}
		}
	}
}

// TestChoiceBusyNeighbour: a process that wants the helpers' processor. Most images
// take what they did, but in some a helper loses it for milliseconds.
func TestChoiceBusyNeighbour(t *testing.T) {
	for _, every := range []int{3, 8, 20} {
		var ch choice
		now, n := 0.0, 0
		computing(&ch, &now, 1e9, either(105e3, 173e3))
		stalls := func(join bool, now float64) float64 {
			if !join {
				return 180e3
			}
			if n++; n%every == 0 {
				return 3.5e6
			}
			return 105e3
		}
		mean, _, _ := computing(&ch, &now, now+20e6, stalls)
		if mean > 1.6*180e3 {
			t.Errorf("a stall every %d images: mean at first %v", every, mean)
		}
		mean, _, _ = computing(&ch, &now, now+2e9, stalls)
		if mean > 1.02*180e3 {
			t.Errorf("a stall every %d images: mean %v", every, mean)
		}
		// It ends.
		computing(&ch, &now, now+1.2*choiceGap, either(105e3, 173e3))
		if ch.alone {
			t.Errorf("a stall every %d images: still alone when they are over", every)
		}
	}
}

// TestChoiceOneStall: one image that takes long costs a few more.
func TestChoiceOneStall(t *testing.T) {
	var ch choice
	now := 0.0
	computing(&ch, &now, 1e9, either(105e3, 173e3))
	once := func(join bool, now float64) float64 { return 8e6 }
	computing(&ch, &now, now+1, once)
	if mean, joined, n := computing(&ch, &now, now+20e6, either(105e3, 173e3)); mean > 1.2*105e3 {
		t.Errorf("after one stall: mean %v, %d of %d joined", mean, joined, n)
	}
}
