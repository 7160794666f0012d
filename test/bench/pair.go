package main

import (
	"cmp"
	"slices"
	"time"
)

// pair is the result of two measurements that took turns.
type pair struct {
	ours, other time.Duration
	// ratio is the median of the ratios within the pairs: what slows the machine for a
	// while slows both.
	ratio float64
	// low and high are the quartiles of these ratios.
	low, high float64
}

// enough is how long pairs of one row may take, with their preparation. The program ends in
// time on a slow machine, too, with fewer pairs.
const enough = 20 * time.Second

// pairs runs two things in turn, n times, or three times if that takes long. Each has a
// preparation, which is not measured.
func pairs(n int, ours, other func() time.Duration) pair {
	var (
		a, b   []time.Duration
		ratios []float64
	)
	start := time.Now()
	for i := range n {
		if i >= 3 && time.Since(start) > enough {
			break
		}
		var x, y time.Duration
		if i%2 == 0 {
			x, y = ours(), other()
		} else {
			y = other()
			x = ours()
		}
		a, b = append(a, x), append(b, y)
		ratios = append(ratios, float64(x)/float64(y))
	}
	ratio := median(ratios) // which sorts them
	return pair{median(a), median(b), ratio, ratios[len(ratios)/4], ratios[len(ratios)-1-len(ratios)/4]}
}

func median[T cmp.Ordered](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

// took returns how long f takes.
func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// round formats a duration with three digits, which is more than it is exact to.
func round(d time.Duration) string {
	for unit := time.Duration(1); ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
}

// runs returns how many pairs are enough.
func (b *bench) runs(n int) int {
	if b.quick {
		return min(n, 3)
	}
	return n
}

// size returns how big a queue is.
func (b *bench) size(n int) int {
	if b.quick {
		return max(n/20, 10)
	}
	return n
}
