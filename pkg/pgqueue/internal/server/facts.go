package server

import (
	"errors"
	"fmt"
	"strconv"
)

// Facts are what a server says about itself.
type Facts struct {
	// Host is the one that was connected to.
	Host string
	// Version is the number of its version, such as 150008.
	Version int
	// ReadOnly means that it accepts no changes: it is a standby, or was told to refuse them.
	ReadOnly bool
	// FSync, FullPages and Autovacuum are its settings fsync, full_page_writes and
	// autovacuum.
	FSync, FullPages, Autovacuum bool
	// Standbys is synchronous_standby_names, and Senders is max_wal_senders.
	Standbys string
	Senders  int
	// User is the role that was logged in as, and Database the database.
	User, Database string
	// Started is when it was started, which no two servers share.
	Started string
}

// oldest is the oldest version of PostgreSQL that is supported.
const oldest = 12

// question asks for facts, in the order in which read reads them.
const question = `select current_setting('server_version_num'),
	pg_is_in_recovery() or current_setting('transaction_read_only')::bool,
	current_setting('fsync')::bool, current_setting('full_page_writes')::bool, current_setting('autovacuum')::bool,
	current_setting('synchronous_standby_names'), current_setting('max_wal_senders'), current_user, pg_postmaster_start_time(),
	current_database()`

// read reads the answer to question.
func (f *Facts) read(row [][]byte) error {
	if len(row) != 10 {
		return errors.New("not 10 columns")
	}
	text := func(i int) string { return string(row[i]) }
	is := func(i int) bool { return text(i) == "t" }
	var err, bad error
	if f.Version, err = strconv.Atoi(text(0)); err != nil {
		bad = err
	}
	if f.Senders, err = strconv.Atoi(text(6)); err != nil {
		bad = err
	}
	f.ReadOnly, f.FSync, f.FullPages, f.Autovacuum = is(1), is(2), is(3), is(4)
	f.Standbys, f.User, f.Started, f.Database = text(5), text(7), text(8), text(9)
	return bad
}

// Release returns the version as people write it.
func (f Facts) Release() string { return fmt.Sprintf("%d.%d", f.Version/10000, f.Version%10000) }

// Synchronous reports whether commits wait for standbys.
func (f Facts) Synchronous() bool { return f.Standbys != "" && f.Senders > 0 }

// Problems returns why the server does not keep what is promised: each matches
// [ErrConfiguration], or [ErrUnreachable] if another server may keep it.
func (f Facts) Problems(d Durability) []error {
	var all []error
	add := func(kind error, format string, args ...any) { all = append(all, failed(kind, format, args...)) }
	if f.Version < oldest*10000 {
		add(ErrConfiguration, "the server is PostgreSQL %s, and %d is the oldest that can be used", f.Release(), oldest)
	}
	if f.ReadOnly {
		add(errStandby, "%s", isStandby)
	}
	if !f.FSync {
		add(ErrConfiguration, "the server has fsync = off: mail is lost when the power fails")
	}
	if !f.FullPages {
		add(ErrConfiguration, "the server has full_page_writes = off: mail is lost when the power fails")
	}
	if d == Quorum && !f.Synchronous() {
		add(ErrConfiguration, "%s", noStandbys)
	}
	return all
}

// isStandby says that a server accepts no changes, and noStandbys that a quorum cannot be had.
const (
	isStandby  = "the server accepts no changes: it is a standby, or default_transaction_read_only is on"
	noStandbys = `the server has no synchronous standbys (synchronous_standby_names), but durability is "quorum"`
)

// Durability returns the durability that Auto means on the server.
func (f Facts) Durability() Durability {
	if f.Synchronous() {
		return Quorum
	}
	return Local
}

// Facts returns what the server said that Open connected to.
func (s *Server) Facts() Facts { return s.facts }
