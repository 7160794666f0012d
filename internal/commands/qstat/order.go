package qstat

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"switchboard/internal/cmdline"
	"switchboard/pkg/tally"
)

// order has the options that put rows in an order.
type order struct {
	key     string
	reverse bool
	limit   cmdline.Optional[int]
}

func (o *order) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "sort", Destination: &o.key, Usage: "by `KEY`, such as age, size, entries: the most first"},
		&cli.BoolFlag{Name: "reverse", Destination: &o.reverse, Usage: "the last row first"},
		cmdline.IntFlag(&o.limit, 1, 0, "limit", "", "only the first `N` rows"),
	}
}

// given reports whether any of the options is given.
func (o *order) given() bool { return o.sorts() || o.limit.Given }

// sorts reports whether the order is another one than that in which rows are found.
func (o *order) sorts() bool { return o.key != "" || o.reverse }

// byAge reports whether the names of entries give the order.
func (o *order) byAge() bool { return o.sorts() && (o.key == "" || o.key == "age") }

// cut returns the rows to show of those that are in the order of the key.
func cut[T any](o *order, rows []T) []T {
	if o.reverse {
		slices.Reverse(rows)
	}
	if o.limit.Given && len(rows) > o.limit.Value {
		clear(rows[o.limit.Value:]) // frees what they hold
		rows = rows[:o.limit.Value]
	}
	return rows
}

// The keys that each table can be sorted by are heads of its columns.
var (
	entryKeys = []string{"age", "size", "restores", "list", "sender", "subject"}
	queueKeys = []string{"ready", "inflight", "preserved", "temporary", "stray", "oldest-ready", "oldest-inflight", "queue"}
)

// checkOrder refuses a key that the table does not have.
func (o *options) checkOrder() error {
	keys, table := queueKeys, "the table of queues"
	switch {
	case o.by.Given:
		keys, table = tally.Orders, "--by"
	case o.long || o.entries:
		keys, table = entryKeys, "-l and -e"
	}
	if o.key != "" && !slices.Contains(keys, o.key) {
		last := len(keys) - 1
		return cmdline.Usagef("option --sort: KEY must be %s or %s with %s", strings.Join(keys[:last], ", "), keys[last], table)
	}
	return nil
}
