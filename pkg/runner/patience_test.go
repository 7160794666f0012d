package runner

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestPatience checks that patience ends when it should, and not because the machine stood
// still.
func TestPatience(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		pause time.Duration
		most  int
	}{
		{"often", patienceTime / 1000, 1001},
		{"as the run does", betweenLooks, patienceLooks + 1},
		{"standing still", time.Hour, patienceLooks + 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var p patience
				looks := 1
				for ; !p.over(); looks++ {
					time.Sleep(test.pause)
				}
				if looks != test.most {
					t.Errorf("%d looks, not %d", looks, test.most)
				}
			})
		})
	}
}
