package golden

import "testing"

// TestCases checks that each case has its content.
func TestCases(t *testing.T) {
	t.Parallel()
	for _, c := range All(t) {
		if c.FileBase == "" || len(c.Data) == 0 || c.Dialect == "" {
			t.Errorf("%s: nothing in it", c.Name)
		}
	}
	for _, c := range Bad(t) {
		if len(c.Files)+len(c.Make) == 0 {
			t.Errorf("%s: nothing in it", c.Name)
		}
	}
}
