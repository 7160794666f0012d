package cmdline

import (
	"errors"
	"testing"

	"switchboard/pkg/queue"
)

// flush is an error like that of a Batch for a group.
type flush struct{ error }

func (f flush) Is(target error) bool { return target == queue.ErrFlush }
func (f flush) Unwrap() error        { return f.error }

// TestSplit checks that split loses no error, however they are joined and wrapped.
func TestSplit(t *testing.T) {
	t.Parallel()
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
	for what, test := range map[string]struct {
		err  error
		want []error
	}{
		"nothing":                       {nil, nil},
		"one":                           {a, []error{a}},
		"joined":                        {errors.Join(a, errors.Join(b, c)), []error{a, b, c}},
		"a group's":                     {flush{a}, []error{a}},
		"a group's, joined":             {flush{errors.Join(a, b)}, []error{a, b}},
		"a group's, joined with others": {errors.Join(flush{errors.Join(a, b)}, c), []error{a, b, c}},
		"a group's, joined alone":       {errors.Join(flush{a}), []error{a}},
		"a group's, twice":              {flush{errors.Join(flush{a}, b)}, []error{a, b}},
		"the mark itself":               {queue.ErrFlush, []error{queue.ErrFlush}},
	} {
		got := split(test.err)
		if len(got) != len(test.want) {
			t.Errorf("%s: %v", what, got)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%s: %v", what, got)
			}
		}
	}
}
