package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// The errors of this package. Each error that it returns matches one of them, or is the
// error of a function that the caller gave. All but ErrUnknown mean that the transaction
// was certainly not committed.
var (
	// ErrUnknown means that the transaction may have been committed, and if it was, may not
	// be durable.
	ErrUnknown = errors.New("the outcome is unknown")
	// ErrUnreachable means that no server answered, that none accepts changes, or that the
	// connection was lost.
	ErrUnreachable = errors.New("no server")
	// ErrBusy means that the server could not do it now: it was too busy, or out of space,
	// or another transaction was in the way. It can be tried again.
	ErrBusy = errors.New("try again later")
	// ErrConfiguration means that the connection string is wrong, that the server is not
	// set up, or that it does not keep what is promised.
	ErrConfiguration = errors.New("configuration error")
	// ErrUnique means that there is a row with these values already.
	ErrUnique = errors.New("exists already")
	// ErrNoRows means that a statement returned no row.
	ErrNoRows = errors.New("no row")
	// ErrStatement means that the server refused a statement for a reason that is none of
	// the others.
	ErrStatement = errors.New("refused by the server")
)

// failure is an error of the server or of the connection.
type failure struct {
	kind error
	text string
	// code is the SQLSTATE, or "".
	code string
	// broken means that the connection must not be used again.
	broken bool
}

func (e *failure) Error() string { return e.text }

func (e *failure) Is(target error) bool {
	switch e.kind {
	case errPermission:
		return target == fs.ErrPermission
	case errStandby:
		return target == ErrUnreachable
	}
	return target == e.kind
}

// errPermission is the kind of errors that match [fs.ErrPermission]. errStandby is that of a
// server that accepts no changes, and matches [ErrUnreachable].
var (
	errPermission = errors.New("permission denied")
	errStandby    = errors.New("standby")
)

// Code returns the SQLSTATE of an error of the server, or "".
func Code(err error) string {
	if f, ok := errors.AsType[*failure](err); ok {
		return f.code
	}
	return ""
}

func failed(kind error, format string, args ...any) error {
	return &failure{kind: kind, text: fmt.Errorf(format, args...).Error()}
}

// classify makes a failure of an error of pgx that came before a commit was sent.
func classify(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if mine, ok := errors.AsType[own](err); ok {
		return mine
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return serverError(pg)
	}
	if isTLS(err) {
		return &failure{kind: ErrConfiguration, text: cause(err).Error(), broken: true}
	}
	return &failure{kind: ErrUnreachable, text: lost(err), broken: true}
}

// cause returns the innermost error. The others repeat parts of the connection string.
func cause(err error) error {
	for {
		switch wrapped := err.(type) {
		case interface{ Unwrap() error }:
			inner := wrapped.Unwrap()
			if inner == nil {
				return err
			}
			err = inner
		case interface{ Unwrap() []error }:
			// Only connecting joins errors. With one address there is one.
			all := wrapped.Unwrap()
			err = all[len(all)-1]
		default:
			return err
		}
	}
}

// lost says how a connection was lost.
func lost(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err):
		return "the server did not answer in time"
	case errors.Is(err, context.Canceled):
		return "interrupted"
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return serverError(pg).text
	}
	if err = cause(err); err == io.EOF || err == io.ErrUnexpectedEOF {
		return "the server closed the connection"
	}
	return oneLine(err.Error())
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// serverError makes a failure of an error that the server sent.
func serverError(pg *pgconn.PgError) *failure {
	f := &failure{text: pg.Message, code: pg.Code}
	if pg.Detail != "" && pg.Code != uniqueViolation {
		f.text += " (" + pg.Detail + ")"
	}
	f.text = oneLine(f.text)
	f.kind = kindOf(pg.Code)
	if pg.Code == invalidValue && strings.Contains(pg.Message, noQuorum) {
		// There were standbys when the connection was made, and there may be again.
		f.kind, f.text = ErrBusy, noStandbys
	}
	severity := pg.SeverityUnlocalized
	f.broken = severity != "ERROR" || f.kind == ErrUnreachable || f.kind == errStandby
	return f
}

// SQLSTATEs that stand alone.
const (
	uniqueViolation     = "23505"
	readOnlyTransaction = "25006"
	queryCanceled       = "57014"
	lockNotAvailable    = "55P03"
	tooManyConnections  = "53300"
	noDatabase          = "3D000"
	noSchema            = "3F000"
	noTable             = "42P01"
	noColumn            = "42703"
	noPrivilege         = "42501"
	invalidValue        = "22023"
)

// kindOf returns the kind of an error by its SQLSTATE.
func kindOf(code string) error {
	switch code {
	case uniqueViolation:
		return ErrUnique
	case readOnlyTransaction:
		// The primary has become a standby.
		return errStandby
	case noPrivilege:
		return errPermission
	case noDatabase, noSchema, noTable, noColumn:
		return ErrConfiguration
	case queryCanceled, lockNotAvailable:
		return ErrBusy
	}
	switch {
	case strings.HasPrefix(code, "28"): // invalid authorization
		return errPermission
	case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "57P"), // connection, shutdown
		strings.HasPrefix(code, "58"), code == "XX001", code == "XX002": // a broken disk, or what it returned
		return ErrUnreachable
	case strings.HasPrefix(code, "40"), strings.HasPrefix(code, "53"): // rollback, resources
		return ErrBusy
	}
	return ErrStatement
}
