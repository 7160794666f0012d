package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// Statement is an SQL statement and what is done with its answer.
type Statement struct {
	// SQL is the text. It should be a constant, because each text is prepared once on each
	// connection.
	SQL string
	// Args are the values of $1, $2 and so on.
	Args []any
	// Row is called for each row that the statement returns, if it is not nil. The row is
	// only valid until Row returns.
	Row func(Row) error
	// Count is set to how many rows the statement returned or changed, if it is not nil.
	Count *int64
	// tag is set to what the server calls the statement that it ran, if it is not nil.
	tag *string
}

// Row is a row of an answer.
type Row interface {
	// Scan stores the columns in the variables that dest points to.
	Scan(dest ...any) error
}

// Bytes is a column that Scan does not copy: it is valid until the function that was given the
// row returns.
type Bytes = pgtype.DriverBytes

// group is a list of statements that the server runs until one fails. If no transaction
// is open, it is one by itself.
type group struct {
	statements []Statement
	// err is why a statement or the commit at the end of the group failed.
	err error
	// done means that the server said that it is through with the group.
	done bool
	// warning is the text of a warning that came with the answer.
	warning string
}

// errShort means that the server answered less than it was asked.
var errShort = errors.New("the answer is incomplete")

// own is the error of a function or of a value that the caller gave.
type own struct{ error }

func (e own) Unwrap() error { return e.error }

// ready prepares the statements of groups, and encodes their values. Nothing that it sends
// changes anything.
func (c *conn) ready(ctx context.Context, groups []*group) ([][]pgx.ExtendedQueryBuilder, error) {
	if err := c.prepareAll(ctx, groups); err != nil {
		return nil, err
	}
	encoded := make([][]pgx.ExtendedQueryBuilder, len(groups))
	for n, g := range groups {
		encoded[n] = make([]pgx.ExtendedQueryBuilder, len(g.statements))
		for i, st := range g.statements {
			if err := encoded[n][i].Build(c.types, c.prepared[st.SQL], st.Args); err != nil {
				return nil, own{fmt.Errorf("%s: %w", st.SQL, err)}
			}
		}
	}
	return encoded, nil
}

// run sends groups of statements in one round trip, and reads the answers. Each group has
// its own error.
func (c *conn) run(ctx context.Context, groups []*group, encoded [][]pgx.ExtendedQueryBuilder) {
	c.warning = ""
	p := c.pg.StartPipeline(ctx)
	defer p.Close()
	for n, g := range groups {
		for i, st := range g.statements {
			e := &encoded[n][i]
			p.SendQueryStatement(c.prepared[st.SQL], e.ParamValues, e.ParamFormats, e.ResultFormats)
		}
		p.SendPipelineSync()
	}
	err := p.Flush()
	for _, g := range groups {
		if g.err = err; err == nil {
			c.read(p, g)
		}
	}
}

// read reads the answer to a group.
func (c *conn) read(p *pgconn.Pipeline, g *group) {
	for i := 0; !g.done; i++ {
		result, err := p.GetResults()
		switch result := result.(type) {
		case *pgconn.PipelineSync:
			g.done = true
			g.warning, c.warning = c.warning, ""
		case *pgconn.ResultReader:
			err = c.rows(g.statements[i], result)
		case nil:
			if err == nil {
				err = errShort
			}
		}
		if err == nil {
			continue
		}
		// What the server says counts more than what a function of the caller says.
		if _, mine := errors.AsType[own](g.err); g.err == nil || mine {
			g.err = err
		}
		if c.pg.IsClosed() || err == errShort {
			return
		}
	}
}

// rows reads the answer to a statement.
func (c *conn) rows(st Statement, result *pgconn.ResultReader) error {
	rows := pgx.RowsFromResultReader(c.types, result)
	var failed error
	for rows.Next() {
		if st.Row != nil && failed == nil {
			failed = st.Row(rows)
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil && failed == nil {
		return err
	}
	if failed != nil {
		return own{failed}
	}
	if st.Count != nil {
		*st.Count = rows.CommandTag().RowsAffected()
	}
	if st.tag != nil {
		*st.tag = rows.CommandTag().String()
	}
	return nil
}

// prepareAll prepares the statements that were not yet, in one round trip.
func (c *conn) prepareAll(ctx context.Context, groups []*group) error {
	var missing []string
	for _, g := range groups {
		for _, st := range g.statements {
			if _, ok := c.prepared[st.SQL]; !ok {
				c.prepared[st.SQL] = nil
				missing = append(missing, st.SQL)
			}
		}
	}
	if missing == nil {
		return nil
	}
	p := c.pg.StartPipeline(ctx)
	names := make([]string, len(missing))
	for i, sql := range missing {
		c.names++
		names[i] = fmt.Sprintf("s%d", c.names)
		p.SendPrepare(names[i], sql, nil)
	}
	err := p.Sync()
	for i, sql := range missing {
		var result any
		if err == nil {
			result, err = p.GetResults()
		}
		if description, ok := result.(*pgconn.StatementDescription); ok && err == nil {
			description.Name, description.SQL = names[i], sql
			c.prepared[sql] = description
		} else {
			delete(c.prepared, sql)
		}
	}
	if closed := p.Close(); err == nil {
		err = closed
	}
	return err
}
