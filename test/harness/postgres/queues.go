package postgres

import (
	"fmt"
	"sync"
	"testing"

	"switchboard/test/harness"
)

// template is a database with the tables, which others are copies of.
var template struct {
	sync.Once
	d   *Database
	err error
}

// Queues makes a database with the tables that switchboard-pg init makes. It goes when the test
// ends.
func Queues(tb testing.TB) *Database {
	tb.Helper()
	s := Shared(tb)
	cmd := harness.Command(tb, "switchboard-pg", "init")
	template.Do(func() {
		if template.d, template.err = s.NewDatabase(); template.err != nil {
			return
		}
		cmd.Env = append(cmd.Env, "SWITCHBOARD_PG="+template.d.DSN())
		r, err := harness.Wait(cmd, cmd.Start)
		if template.err = err; err == nil && r.Status != 0 {
			template.err = fmt.Errorf("switchboard-pg init: status %d: %s", r.Status, r.Err)
		}
	})
	if template.err != nil {
		tb.Fatal(template.err)
	}
	return template.d.Copy(tb)
}
