package server

import (
	"context"
	"errors"
)

// Tx is an open transaction. After an error of one of its methods it can only be rolled
// back, and it is, whatever the function that has it returns.
type Tx struct {
	ctx    context.Context
	conn   *conn
	server *Server
	// opening are the statements that are sent before the first one.
	opening []Statement
	notices []Statement
	// err is the first error of a statement.
	err error
}

// Do runs statements in one round trip.
func (tx *Tx) Do(statements ...Statement) error {
	if tx.err != nil {
		return tx.err
	}
	statements, notices := apart(statements)
	tx.notices = append(tx.notices, notices...)
	if statements == nil {
		return nil
	}
	ctx, cancel := tx.limited()
	defer cancel()
	groups := []*group{{statements: append(tx.opening, statements...)}}
	encoded, err := tx.conn.ready(ctx, groups)
	if err == nil {
		tx.opening = nil
		tx.conn.run(ctx, groups, encoded)
		err = groups[0].err
	}
	if mine, ok := errors.AsType[own](err); ok {
		tx.err = mine
		return mine.error
	}
	tx.err = classify(err)
	return tx.err
}

// limited returns a context for the next statements.
func (tx *Tx) limited() (context.Context, context.CancelFunc) {
	if tx.server.config.Long {
		return context.WithCancel(tx.ctx)
	}
	return context.WithTimeout(tx.ctx, tx.server.config.timeout())
}

// Exec runs a statement, and returns how many rows it changed.
func (tx *Tx) Exec(sql string, args ...any) (int64, error) {
	var n int64
	err := tx.Do(Statement{SQL: sql, Args: args, Count: &n})
	return n, err
}

// Get runs a statement and stores the columns of its first row in the variables that dest
// points to. If there is no row, Get returns [ErrNoRows], and the transaction can go on.
func (tx *Tx) Get(dest []any, sql string, args ...any) error {
	found := false
	err := tx.Do(Statement{SQL: sql, Args: args, Row: func(r Row) error {
		if found {
			return nil
		}
		found = true
		return r.Scan(dest...)
	}})
	if err == nil && !found {
		return ErrNoRows
	}
	return err
}

// Each runs a statement and calls f for each row that it returns.
func (tx *Tx) Each(f func(Row) error, sql string, args ...any) error {
	return tx.Do(Statement{SQL: sql, Args: args, Row: f})
}

// rollback ends the transaction without a change. If that fails, the connection is not used
// again, and the server rolls back when it notices.
func (tx *Tx) rollback() {
	if tx.conn.pg.IsClosed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tx.ctx), tx.server.config.timeout())
	defer cancel()
	if _, err := tx.conn.pg.Exec(ctx, "rollback").ReadAll(); err != nil {
		tx.conn.close()
	}
}

// Script runs several statements that stand in one text. They have no values and return
// nothing.
func (tx *Tx) Script(text string) error {
	if tx.opening != nil {
		if err := tx.Do(Statement{SQL: "select"}); err != nil {
			return err
		}
	}
	if tx.err != nil {
		return tx.err
	}
	ctx, cancel := tx.limited()
	defer cancel()
	_, err := tx.conn.pg.Exec(ctx, text).ReadAll()
	tx.err = classify(err)
	return tx.err
}
