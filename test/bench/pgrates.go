package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"time"

	"switchboard/pkg/pgqueue"
)

// The statements of pkg/pgqueue as scripts for pgbench: storeShort with its notification, and
// takeNext with finishAll.
const (
	storeScript = `
\set n random(1, 9223372036854775807)
insert into switchboard.entry
		(queue, base, received, digest, restores, whichq, named, message_size, size, message, metadata)
	select 'out', f.base, f.received, f.digest, f.restores, f.whichq, false,
		octet_length(f.message), octet_length(f.message) + octet_length(f.metadata), f.message, f.metadata
	from unnest(array[extract(epoch from now()) || '+' || lpad(to_hex(:n::bigint), 40, '0')], array[extract(epoch from now())::float8],
		array[decode(lpad(to_hex(:n::bigint), 40, '0'), 'hex')], array[0], array[null::text],
		array[:message::bytea], array[:metadata::bytea], array[null::bytea])
		as f(base, received, digest, restores, whichq, message, metadata, sum)
	on conflict (queue, base) do nothing returning base;
\startpipeline
select pg_catalog.set_config('synchronous_commit', 'off', true);
select pg_catalog.pg_notify('switchboard', 'out');
\endpipeline
`
	claimScript = `
update switchboard.entry set state = 2, generation = nextval('switchboard.generation'),
		claimed_at = statement_timestamp(), changed_at = statement_timestamp(), claimed_by = 'pgbench',
		lease_until = statement_timestamp() + make_interval(secs => null)
	where id = any (array(
		select id from switchboard.entry
		where queue = 'out' and state = 1 and (received, digest) > (:received::float8, :digest::bytea)
			and digest >= '\x0000000000000000000000000000000000000000' and digest <= '\xffffffffffffffffffffffffffffffffffffffff'
			and id <= 9223372036854775807 and id not in (select unnest('{}'::bigint[]))
		order by received, digest limit 1
		for update skip locked))
	returning id, base, generation, size, message_size,
		case when size <= 8388608 then message end, case when size <= 8388608 then metadata end, received, digest \gset
`
	finishScript = claimScript + `\startpipeline
select pg_catalog.set_config('synchronous_commit', 'off', true);
with gone as (
		delete from switchboard.entry e using unnest(array[:id::bigint], array[:generation::bigint]) as c(id, generation)
		where e.id = c.id and e.generation = c.generation and e.state + 0 = 2
		returning e.queue, e.base, e.named),
	kept as (
		update switchboard.named n set at = statement_timestamp() from gone
		where gone.named and n.queue = gone.queue and n.base = gone.base)
	select from gone;
\endpipeline
`
	// options are the settings of our connections.
	options = "-c jit=off -c enable_seqscan=off -c enable_bitmapscan=off -c enable_sort=off -c plan_cache_mode=force_generic_plan"
)

// pgRates measures how many messages workers store, and how many they claim and finish. Each
// worker has a connection of its own, as those on different machines have.
func (b *bench) pgRates(s pgServer) {
	d, other := b.database(s), b.database(s)
	b.pattern(d, 4096)
	b.pattern(other, 4096)
	text := mail(1, 4096)
	for _, workers := range []int{1, 16} {
		who, runs := fmt.Sprint(workers, " workers"), b.runs(5)
		if workers == 1 {
			// The time depends on whether the scheduler has both ends on one processor.
			who, runs = "one worker", b.runs(15)
		}
		n := b.size(2000)
		if workers > 1 {
			n = max(2*n, 100*workers) / workers * workers
		}
		r := b.add(fmt.Sprintf("storing %d messages of 4 KiB in pg:, one by one by %s, beside pgbench with the same statements", n, who),
			pairs(runs,
				func() time.Duration {
					d.fill(0)
					return together(d, workers, func(q *pgqueue.Queue) { storeSome(q, text, n/workers) })
				},
				func() time.Duration {
					other.fill(0)
					return s.script(other, storeScript, workers, n)
				}), 1.5)
		r.perSecond(n)
		r = b.add(fmt.Sprintf("claiming and finishing %d messages of 4 KiB of pg:, one by one by %s, beside pgbench with the same statements", n, who),
			pairs(runs,
				func() time.Duration {
					d.fill(n)
					return together(d, workers, func(q *pgqueue.Queue) { finishSome(q, n/workers) })
				},
				func() time.Duration {
					other.fill(n)
					return s.script(other, finishScript, workers, n)
				}), 1.5)
		r.perSecond(n)
		r.main = workers == 1
	}
}

// perSecond adds to the times of a row how many of n things they are in a second.
func (r *row) perSecond(n int) {
	for _, cell := range []*string{&r.ours, &r.other} {
		d, err := time.ParseDuration(*cell)
		check(err)
		*cell += fmt.Sprintf(" (%.0f/s)", float64(n)/d.Seconds())
	}
}

// together returns how long workers take that work at once. They are connected before.
func together(d pgDatabase, workers int, work func(*pgqueue.Queue)) time.Duration {
	queues := make([]*pgqueue.Queue, workers)
	for i := range queues {
		q, close := d.open()
		defer close()
		queues[i] = q
	}
	failed := make([]any, workers)
	took := took(func() {
		var all sync.WaitGroup
		for i, q := range queues {
			all.Go(func() {
				defer func() { failed[i] = recover() }()
				work(q)
			})
		}
		all.Wait()
	})
	for _, err := range failed {
		if err != nil {
			log.Panic(err)
		}
	}
	return took
}

var tps = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)

// script returns how long pgbench takes to run a script n times, by clients at once. Its start
// does not count.
func (s pgServer) script(d pgDatabase, script string, clients, n int) time.Duration {
	file, err := os.CreateTemp("", "switchboard-bench")
	check(err)
	defer os.Remove(file.Name())
	_, err = file.WriteString(script)
	check(err)
	check(file.Close())
	pattern := func(column string) string {
		return column + "=" + d.sql("select "+column+" from switchboard.entry where queue = 'pattern'")
	}
	cmd := exec.Command(s.pgbench, "-n", "-M", "prepared", "-c", fmt.Sprint(clients), "-j", fmt.Sprint(min(clients, runtime.NumCPU())),
		"-t", fmt.Sprint(n/clients), "-f", file.Name(), "-D", pattern("message"), "-D", pattern("metadata"),
		"-D", "received=-Infinity", "-D", `digest=\x`, d.DSN())
	cmd.Env = append(os.Environ(), "PGOPTIONS="+options)
	out, err := cmd.CombinedOutput()
	found := tps.FindSubmatch(out)
	if err != nil || found == nil {
		check(fmt.Errorf("pgbench: %v: %s", err, out))
	}
	rate, err := strconv.ParseFloat(string(found[1]), 64)
	check(err)
	return time.Duration(float64(n) / rate * float64(time.Second))
}
