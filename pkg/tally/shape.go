package tally

import (
	"math/bits"
	"time"
)

// Buckets are the names of the buckets of ages, which are those of Postfix's qshape: the age
// in minutes that an entry in the bucket has not reached. The last one has no limit.
var Buckets = [...]string{"5", "10", "20", "40", "80", "160", "320", "640", "1280", "1280+"}

// Shape has the number of entries in each bucket.
type Shape [len(Buckets)]int

// bucket returns the bucket of an age. An age below 0 is in the first one.
func bucket(age time.Duration) int {
	const first = 5 * time.Minute
	if age < 0 {
		return 0
	}
	return min(bits.Len64(uint64(age/first)), len(Buckets)-1)
}
