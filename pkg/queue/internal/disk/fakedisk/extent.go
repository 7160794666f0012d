package fakedisk

// apply returns data with the write done.
func (e extent) apply(data []byte) []byte {
	if e.data == nil {
		out := make([]byte, e.off)
		copy(out, data)
		return out
	}
	end := e.off + int64(len(e.data))
	out := make([]byte, max(int64(len(data)), end))
	copy(out, data)
	copy(out[e.off:], e.data)
	return out
}

// A power cut may leave any part of any write, whatever the order of the writes.
const (
	wroteNothing = iota
	wroteAll
	wroteHalf
	// wroteSize means that the file has grown, but the new part is empty.
	wroteSize
)

// outcomes lists what a cut may leave of e in a file of the given length.
func (e extent) outcomes(length int) []int {
	var list []int
	switch {
	case e.data == nil && e.lost:
		return []int{wroteNothing}
	case e.data == nil:
		return []int{wroteNothing, wroteAll}
	case e.lost:
		list = []int{wroteNothing}
	case len(e.data) == 1:
		list = []int{wroteNothing, wroteAll}
	default:
		list = []int{wroteNothing, wroteAll, wroteHalf}
	}
	if e.off+int64(len(e.data)) > int64(length) {
		list = append(list, wroteSize)
	}
	return list
}

// partly returns data with the outcome of the write.
func (e extent) partly(outcome int, data []byte) []byte {
	switch outcome {
	case wroteNothing:
		return data
	case wroteHalf:
		return extent{off: e.off, data: e.data[:len(e.data)/2]}.apply(data)
	case wroteSize:
		grown := extent{off: max(int64(len(data)), e.off+int64(len(e.data)))}
		return grown.apply(data)
	}
	return e.apply(data)
}
