package main

import (
	"context"
	"errors"
	"runtime/debug"
	"strconv"

	"switchboard/internal/cmdline"
	"switchboard/pkg/pgqueue"
	"switchboard/pkg/queue"
)

// kind is the kind of queues in PostgreSQL.
var kind = cmdline.Kind{Scheme: "pg", CheckName: pgqueue.CheckName, Connect: connect}

// connect connects to the database.
func connect(c *cmdline.Context) (cmdline.Server, error) {
	config, err := settings(c)
	if err != nil {
		return nil, err
	}
	config.Long = saveMemory
	s, err := pgqueue.Open(context.Background(), config)
	if err != nil {
		return nil, err
	}
	return database{s}, nil
}

// saveMemory collects garbage as soon as it is a tenth of what is used, because what is used is
// little, and returns what the start of the command has left. It takes time that is small beside
// that of a long message.
func saveMemory() {
	debug.SetGCPercent(10)
	debug.FreeOSMemory()
}

// database is a database that has queues.
type database struct{ *pgqueue.Server }

func (d database) Queue(name string, o queue.Options) (queue.Queue, error) {
	q, err := d.Server.Queue(name, o)
	if err != nil {
		return nil, err
	}
	return q, nil
}

func (d database) View(q queue.Queue, id queue.ID, generation string) (queue.Queue, error) {
	n, err := strconv.ParseInt(generation, 10, 64)
	if err != nil || n <= 0 {
		return nil, errors.New("is not the number of a claim")
	}
	return q.(*pgqueue.Queue).View(id, n), nil
}
