package schema

import "testing"

func TestWanted(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]int{
		"*": 1, "a, b": 1, "ANY 2 (a, b, c)": 2, "first 3(a,b,c)": 3, " 2 ( a, b ) ": 2, `"2 (", b`: 1, "any1": 1, "ANY 1 (*)": 1,
	} {
		if got := wanted(names); got != want {
			t.Errorf("%s wants %d, not %d", names, got, want)
		}
	}
}
