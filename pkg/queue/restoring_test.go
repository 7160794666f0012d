package queue

import "testing"

// TestGroupSize: groups take all there is, none more than it may, and what fits
// into one group is one.
func TestGroupSize(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, smallestGroup, largestGroup, largestGroup + 1, 10_000, 1_000_000} {
		groups, last := 0, 0
		for left := n; left > 0; left -= last {
			if last = groupSize(last, left); last < 1 || last > min(left, largestGroup) {
				t.Fatalf("%d of %d left of %d", last, left, n)
			}
			groups++
		}
		if most := n/largestGroup + 8; n <= largestGroup && groups != 1 || groups > most {
			t.Errorf("%d entries in %d groups", n, groups)
		}
	}
}
