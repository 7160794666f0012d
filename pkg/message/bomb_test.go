package message

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"switchboard/pkg/pickle"
)

// object returns an instance as Python 2 pickles it.
func object(module, name string, state ...any) *pickle.Object {
	dict := &pickle.Dict{}
	for i := 0; i < len(state); i += 2 {
		dict.Pairs = append(dict.Pairs, pickle.Pair{Key: text(state[i].(string)), Value: state[i+1].(pickle.Value)})
	}
	return &pickle.Object{Callable: &pickle.Global{Module: module, Name: name}, Args: &pickle.Tuple{}, State: dict, How: "OBJ"}
}

func text(s string) *pickle.String { return pickle.NewString(pickle.ByteString, []byte(s)) }

func list(items ...pickle.Value) *pickle.List { return &pickle.List{Items: items} }

func field(name string, value pickle.Value) *pickle.Tuple {
	return &pickle.Tuple{Items: []pickle.Value{text(name), value}}
}

func message(payload pickle.Value, fields ...pickle.Value) *pickle.Object {
	return object("Mailman.Message", "Message", "_headers", list(fields...), "_payload", payload)
}

// times returns a list that has one value n times.
func times(n int, v pickle.Value) *pickle.List {
	l := list()
	for range n {
		l.Items = append(l.Items, v)
	}
	return l
}

func pickled(t *testing.T, values ...pickle.Value) []byte {
	t.Helper()
	var data []byte
	var err error
	for _, v := range values {
		if data, err = pickle.AppendValue(data, v, pickle.Options{Target: pickle.Python2}); err != nil {
			t.Fatal(err)
		}
		data = pickle.AppendStop(data)
	}
	return data
}

// TestMessageBombs checks that the text and the work for it stay in proportion to the
// file, even if values are shared many times. Without a limit, each of these messages
// would take hours.
func TestMessageBombs(t *testing.T) {
	t.Parallel()
	const many = 20000
	mixed := field("Content-Type", text("multipart/mixed; boundary=b"))
	chunks := times(many, &pickle.Tuple{Items: []pickle.Value{text(""), object("email.charset", "Charset", "input_charset", text("utf-8"))}})
	header := object("email.header", "Header", "_chunks", chunks)
	nested := message(text("x"))
	for range 60 {
		nested = message(list(nested, nested), mixed)
	}
	for name, msg := range map[string]*pickle.Object{
		"parts":        nested,
		"payload":      message(times(many, message(text(strings.Repeat("x", many)))), mixed),
		"fields":       message(times(many, object("Mailman.Message", "Message", "_headers", times(many, field("", text(""))))), mixed),
		"header":       message(text("x"), times(many, field("X", header)).Items...),
		"header parts": message(times(many, message(text("x"), times(many, field("X", header)).Items...)), mixed),
		"boundary":     message(times(many, message(text(""))), field("Content-Type", text("multipart/mixed; boundary="+strings.Repeat("b", many)))),
		"no parts":     message(times(many, message(times(many, pickle.None{}), mixed)), mixed),
		"status":       message(times(many, message(times(many, nested), field("Content-Type", text("message/delivery-status")))), mixed),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := pickled(t, msg, &pickle.Dict{})
			if _, err := readBytes(data); !errors.Is(err, ErrMalformed) {
				t.Errorf("a file of %d bytes: %v", len(data), err)
			}
		})
	}
}

func TestMetadataBombs(t *testing.T) {
	t.Parallel()
	const many = 20000
	double := list(text("x"))
	for range 60 {
		double = list(double, double)
	}
	circle := list()
	circle.Items = append(circle.Items, circle)
	chunks := times(many, &pickle.Tuple{Items: []pickle.Value{text(""), pickle.None{}}})
	var chain pickle.Value = &pickle.Tuple{}
	for range 2000 {
		chain = &pickle.Object{Callable: &pickle.Global{Module: "time", Name: "struct_time"}, Args: &pickle.Tuple{Items: []pickle.Value{chain}}, How: "REDUCE"}
	}
	for name, v := range map[string]pickle.Value{
		"lists": double, "circle": circle,
		"text":   times(many, text(strings.Repeat("x", many))),
		"header": times(many, object("email.header", "Header", "_chunks", chunks)),
		"chain":  times(many, chain),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := pickled(t, text("x"), &pickle.Dict{Pairs: []pickle.Pair{{Key: text("k"), Value: v}}})
			c := mustRead(t, data)
			if out, err := c.AppendMetadata(nil); !errors.Is(err, ErrMalformed) {
				t.Errorf("%d bytes of JSON for a file of %d, %v", len(out), len(data), err)
			}
			for _, d := range []Dialect{Mailman2, Mailman3} {
				items, err := c.HandOn(d)
				if err != nil {
					continue
				}
				if again, err := d.AppendMetadata(nil, items); err == nil && len(again) > 4*len(data) {
					t.Errorf("%v: handed on in %d bytes, were %d", d, len(again), len(data))
				}
			}
		})
	}
}

// TestLongButFair checks that the work for long values does not grow with the square of
// their size.
func TestLongButFair(t *testing.T) {
	t.Parallel()
	const many = 100_000
	py3 := func(fields ...pickle.Value) *pickle.Object {
		m := message(text("x"), fields...)
		m.State.(*pickle.Dict).Pairs = append(m.State.(*pickle.Dict).Pairs, pickle.Pair{Key: text("policy"), Value: pickle.None{}})
		return m
	}
	chunk := &pickle.Tuple{Items: []pickle.Value{text("wörd"), object("email.charset", "Charset", "input_charset", text("utf-8"),
		"output_codec", text("utf-8"), "header_encoding", pickle.Int{Small: 3})}}
	for name, msg := range map[string]*pickle.Object{
		"blank lines":      py3(field("X", text("a"+strings.Repeat("\n  ", many)))),
		"many lines":       py3(field("X", text("a"+strings.Repeat("\n b", many)))),
		"no field":         py3(field("X", text("a"+strings.Repeat("\nb", many)))),
		"wide":             py3(field("X", pickle.NewString(pickle.Unicode, []byte(strings.Repeat("é\n", many))))),
		"chunks":           py3(field("X", object("email.header", "Header", "_chunks", times(many, chunk)))),
		"chunks, Python 2": message(text("x"), field("X", object("email.header", "Header", "_chunks", times(many, chunk)))),
		"parameters":       message(list(), field("Content-Type", text("multipart/mixed"+strings.Repeat(`;a*1="x`, many)))),
		"segments":         message(list(), field("Content-Type", text("multipart/mixed"+strings.Repeat(`;boundary*1=x`, many/2)))),
		"newlines":         message(text(strings.Repeat("\r\n\n", many))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := pickled(t, msg, &pickle.Dict{})
			c := mustRead(t, data)
			var n counter
			if err := c.WriteMessage(&n); err != nil {
				t.Error(err)
			}
			if int(n) > 20*len(data) {
				t.Errorf("%d bytes for a file of %d", n, len(data))
			}
			c.field("x", headerLen)
		})
	}
}

// endless is a text entry of any length, which is computed as it is read.
type endless struct {
	head, tail []byte
	size       int64
}

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	for ; n < len(p) && off < e.size; n, off = n+1, off+1 {
		switch end := e.size - int64(len(e.tail)); {
		case off < int64(len(e.head)):
			p[n] = e.head[off]
		case off < end:
			p[n] = "line\r\n"[off%6]
		default:
			p[n] = e.tail[off-end]
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// TestStreaming checks that a long message does not take memory: held in memory, this
// one would take 32 MiB. The test does not run in parallel, because it counts
// allocations.
func TestStreaming(t *testing.T) {
	const size = 32 << 20
	for _, d := range []Dialect{Mailman2, Mailman3} {
		head, err := d.TextPrefix(size)
		if err != nil {
			t.Fatal(err)
		}
		tail, err := d.AppendMetadata(d.TextSuffix(), []Item{{"version", 3}})
		if err != nil {
			t.Fatal(err)
		}
		file := endless{head, tail, int64(len(head)+len(tail)) + size}
		var n counter
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c, err := Read(file, file.size)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.WriteMessage(&n); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if n != size {
			t.Errorf("%v: %d bytes", d, n)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
			t.Errorf("%v: %d bytes of memory", d, got)
		}
	}
}
