package postgres

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Message is a message of PostgreSQL's protocol on its way through a proxy.
type Message struct {
	// N is its number, from 0, over all connections and both directions.
	N int
	// Conn is the number of its connection, from 0.
	Conn int
	// FromServer says that it is an answer.
	FromServer bool
	// Kind is its name in PostgreSQL's manual.
	Kind string
	// Data is the whole message.
	Data []byte
}

func (m Message) String() string {
	way := "->"
	if m.FromServer {
		way = "<-"
	}
	return fmt.Sprintf("%d.%d %s %s%s", m.Conn, m.N, way, m.Kind, m.text())
}

// text returns the SQL of a message that has some.
func (m Message) text() string {
	if m.FromServer || m.Kind != "Parse" && m.Kind != "Query" {
		return ""
	}
	return fmt.Sprintf(" %.150q", m.Data[5:])
}

// The messages of version 3 of the protocol, by their first byte.
var (
	fromClient = map[byte]string{
		'B': "Bind", 'C': "Close", 'd': "CopyData", 'c': "CopyDone", 'f': "CopyFail", 'D': "Describe", 'E': "Execute",
		'H': "Flush", 'F': "FunctionCall", 'P': "Parse", 'p': "Password", 'Q': "Query", 'S': "Sync", 'X': "Terminate",
	}
	fromServer = map[byte]string{
		'R': "Authentication", 'K': "BackendKeyData", '2': "BindComplete", '3': "CloseComplete", 'C': "CommandComplete",
		'd': "CopyData", 'c': "CopyDone", 'G': "CopyInResponse", 'H': "CopyOutResponse", 'D': "DataRow",
		'I': "EmptyQueryResponse", 'E': "ErrorResponse", 'v': "NegotiateProtocolVersion", 'n': "NoData",
		'N': "NoticeResponse", 'A': "NotificationResponse", 't': "ParameterDescription", 'S': "ParameterStatus",
		'1': "ParseComplete", 's': "PortalSuspended", 'Z': "ReadyForQuery", 'T': "RowDescription",
	}
	// untyped are the first messages of a client, by their code.
	untyped = map[uint32]string{80877102: "CancelRequest", 80877103: "SSLRequest", 80877104: "GSSENCRequest"}
)

// most is the longest message that a proxy takes: a gigabyte, as PostgreSQL.
const most = 1 << 30

// readMessage reads one message. A client's first message has no type.
func readMessage(r io.Reader, isFirst, isServer bool) (kind string, data []byte, err error) {
	head := make([]byte, 5)
	if isFirst {
		head = head[:4]
	}
	if _, err := io.ReadFull(r, head); err != nil {
		return "", nil, err
	}
	n := binary.BigEndian.Uint32(head[len(head)-4:])
	if n < 4 || n > most {
		return "", nil, fmt.Errorf("a message of %d bytes: %q", n, head)
	}
	data = append(head, make([]byte, n-4)...)
	if _, err := io.ReadFull(r, data[len(head):]); err != nil {
		return "", nil, err
	}
	known := fromClient
	if isServer {
		known = fromServer
	}
	if kind = known[data[0]]; isFirst {
		if kind = "Startup"; n >= 8 && untyped[binary.BigEndian.Uint32(data[4:])] != "" {
			kind = untyped[binary.BigEndian.Uint32(data[4:])]
		}
	}
	if kind == "" {
		return "", nil, fmt.Errorf("a message of type %q", data[0])
	}
	return kind, data, nil
}
