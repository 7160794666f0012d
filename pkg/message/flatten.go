package message

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"switchboard/pkg/pickle"
)

// WriteMessage writes the message as RFC 5322 text. Errors of w are returned as
// they are. If the file has changed since Read, the error is [ErrMalformed].
func (c *Content) WriteMessage(w io.Writer) error {
	out := newOutput(w, c.textLimit())
	defer out.free()
	if s, ok := c.msg.(*pickle.String); ok {
		out.copy(s, false)
		return out.flush()
	}
	g := c.generator(out)
	g.message(c.msg)
	return out.flush()
}

// WriteHeader writes the header fields of the message, without the blank line.
func (c *Content) WriteHeader(w io.Writer) error {
	out := newOutput(w, c.textLimit())
	defer out.free()
	if s, ok := c.msg.(*pickle.String); ok {
		if err := writeTextHeader(out, s); err != nil {
			return err
		}
		return out.flush()
	}
	g := c.generator(out)
	if p, ok := partOf(c.msg); ok {
		g.fields(p, g.plan(p))
	}
	return out.flush()
}

// textLimit is a safety net under checkTree: only a bug could make a longer text.
// Latin-1 grows by half when it becomes UTF-8, encoded words grow to three times
// their text.
func (c *Content) textLimit() int64 { return 8 * (treeFactor*c.MsgEnd + treeBase) }

func (c *Content) generator(out *output) *generator {
	return &generator{out: out, py3: c.py3, content: c, work: c.foldWork()}
}

// foldWork limits the folding of Header objects, in bytes: much more than mail
// needs, and in proportion to the file.
func (c *Content) foldWork() int64 { return 16<<20 + 16*c.MsgEnd }

// generator writes parsed messages as the class of that name in Python's email
// package does.
type generator struct {
	out *output
	// py3 says that the message is written as by Python 3's Generator.
	py3     bool
	content *Content
	// work is what is left of foldWork.
	work int64
	// seed is the source of boundaries, made counts them.
	seed []byte
	made uint64
}

// plan is what must be known about a part before its header is written.
type plan struct {
	kind     kind
	boundary string
	// made says that the boundary is not from the message and must be put into the
	// header.
	made bool
}

func (g *generator) plan(p part) plan {
	plan := plan{kind: g.kind(p)}
	if parts, _ := itemsOf(p.payload); plan.kind == leaf && len(parts) > 0 {
		// Python fails on parts in a leaf. As a multipart, it is written with all of
		// them.
		plan.kind = multipart
	}
	if _, isText := p.payload.(*pickle.String); isText || plan.kind != multipart {
		return plan
	}
	if plan.boundary = g.boundary(p); plan.boundary == "" {
		plan.boundary, plan.made = g.makeBoundary(), true
	}
	return plan
}

// makeBoundary returns a boundary where Python makes a random one. It depends on
// the message alone, so it is the same each time, and nobody can write a part that
// contains it.
func (g *generator) makeBoundary() string {
	if g.seed == nil {
		h := sha256.New()
		section := io.NewSectionReader(g.content.file, 0, g.content.MsgEnd)
		if _, err := io.Copy(h, section); err != nil && g.out.err == nil {
			g.out.err = err
		}
		g.seed = h.Sum(nil)
	}
	g.made++
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(g.seed[:len(g.seed):len(g.seed)], g.made))
	return fmt.Sprintf("===============%019d==", binary.BigEndian.Uint64(sum[:])>>1)
}

// message writes a message or a part, header and body.
func (g *generator) message(v pickle.Value) {
	if g.out.err != nil {
		return
	}
	p, ok := partOf(v)
	if !ok {
		// Python fails on a value that is not a part. Keep its text.
		g.text(v)
		return
	}
	plan := g.plan(p)
	g.fields(p, plan)
	g.out.str("\n")
	g.body(p, plan)
}

func (g *generator) body(p part, plan plan) {
	if s, ok := p.payload.(*pickle.String); ok {
		if plan.kind == leaf {
			g.text(s)
		} else {
			// A multipart in which no part was found, or a message that was not
			// parsed: written as it came.
			g.out.copy(s, false)
		}
		return
	}
	items, isList := itemsOf(p.payload)
	_, isObject := p.payload.(*pickle.Object)
	switch {
	case plan.kind == multipart && (isList || p.payload == nil || p.payload == pickle.Value(pickle.None{})):
		g.multipart(p, items, plan.boundary)
	case plan.kind == multipart:
		g.multipart(p, []pickle.Value{p.payload}, plan.boundary)
	case isList && plan.kind == deliveryStatus:
		g.blocks(items)
	case plan.kind == embedded && startsWithPart(p.payload):
		// Python writes the first and drops the others.
		g.message(items[0])
	case isList:
		for _, part := range items {
			g.message(part)
		}
	case isObject:
		g.message(p.payload)
	default:
		g.text(p.payload)
	}
}

// text writes a leaf of the tree.
func (g *generator) text(v pickle.Value) {
	switch v := v.(type) {
	case nil, pickle.None:
	case *pickle.String:
		g.out.copy(v, g.py3)
	default:
		g.other(v)
	}
}

func (g *generator) multipart(p part, parts []pickle.Value, boundary string) {
	if p.preamble != nil && p.preamble != pickle.Value(pickle.None{}) {
		g.around(p.preamble)
		g.out.str("\n")
	}
	g.out.str("--" + boundary + "\n")
	for i, part := range parts {
		if i > 0 {
			g.out.str("\n--" + boundary + "\n")
		}
		g.message(part)
	}
	g.out.str("\n--" + boundary + "--\n")
	g.around(p.epilogue)
}

// around writes a preamble or an epilogue.
func (g *generator) around(v pickle.Value) {
	if !g.py3 || truth(v) {
		g.text(v)
	}
}

// blocks writes the parts of a delivery status, which are only header fields, with
// a blank line between them.
func (g *generator) blocks(parts []pickle.Value) {
	held := g.out.holding
	g.out.holding = true
	defer func() { g.out.holding = held }()
	for i, part := range parts {
		if i > 0 {
			g.out.str("\n")
		}
		start := g.out.n
		g.message(part)
		g.out.dropNewline(start)
	}
}
