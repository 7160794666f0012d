package power

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
)

// text returns the bytes of a message. They follow from its first lines. X-Do says what the
// command of qrun does with it.
func text(number, size int, do string) []byte {
	random := rand.New(rand.NewPCG(uint64(number), uint64(size)))
	b := fmt.Appendf(make([]byte, 0, size+200), "X-Do: %s\nSubject: message %d %d\n\n", do, number, size)
	var line []byte
	for range 5 {
		line = strconv.AppendUint(line, random.Uint64(), 36)
	}
	line = append(line, '\n')
	for end := len(b) + size; len(b) < end; {
		b = append(b, line...)
	}
	return b
}

// held is the content of a queue file.
type held struct {
	message, restores int
}

// readFile reads a queue file as its manual page describes it, without the code under test.
func readFile(path string) (held, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return held{}, err
	}
	message, rest, err := readPickle(data)
	if err != nil {
		return held{}, fmt.Errorf("the message: %w", err)
	}
	m, err := messageNumber(message)
	if err != nil {
		return held{}, err
	}
	metadata, _, err := readPickle(rest)
	if err != nil {
		return held{}, fmt.Errorf("the metadata: %w", err)
	}
	items, is := metadata.(map[any]any)
	if !is || items["_parsemsg"] != true || items["version"] != 3 {
		return held{}, fmt.Errorf("the metadata: %v", metadata)
	}
	restores, _ := items["_bak_count"].(int)
	return held{m, restores}, nil
}

// messageNumber returns the number of a message all of whose bytes are right.
func messageNumber(message any) (int, error) {
	s, _ := message.(string)
	var number, size int
	var do string
	if _, err := fmt.Sscanf(s, "X-Do: %s\nSubject: message %d %d\n", &do, &number, &size); err != nil {
		return 0, fmt.Errorf("nobody's message: %.100q", s)
	}
	if size > len(s) || !bytes.Equal(text(number, size, do), []byte(s)) {
		return 0, fmt.Errorf("message %d: its bytes have changed", number)
	}
	return number, nil
}

// mark is where a list of operands begins.
type mark struct{}

var errPickle = errors.New("not a pickle that the commands write")

// readPickle reads a pickle, and returns what follows it. It knows what these files have.
func readPickle(data []byte) (value any, rest []byte, err error) {
	defer func() {
		if recover() != nil {
			err = errPickle // it ends too early
		}
	}()
	var stack []any
	push := func(v any) { stack = append(stack, v) }
	take := func(n int) (b []byte) { b, data = data[:n], data[n:]; return b }
	for {
		switch code := take(1)[0]; code {
		case '.':
			return stack[len(stack)-1], data, nil
		case '}':
			push(map[any]any{})
		case '(':
			push(mark{})
		case 'T':
			push(string(take(int(binary.LittleEndian.Uint32(take(4))))))
		case 'U':
			push(string(take(int(take(1)[0]))))
		case 'X':
			push(string(take(int(binary.LittleEndian.Uint32(take(4))))))
		case 'K':
			push(int(take(1)[0]))
		case 'G':
			push(math.Float64frombits(binary.BigEndian.Uint64(take(8))))
		case 'I': // a truth value
			line, after, _ := bytes.Cut(data, []byte("\n"))
			data = after
			push(string(line) == "01")
		case 'q':
			take(1)
		case 's', 'u':
			first := len(stack) - 2
			if code == 'u' {
				for first = len(stack) - 1; stack[first] != any(mark{}); first-- {
				}
				first++
			}
			pairs := stack[first:]
			if stack = stack[:first]; code == 'u' {
				stack = stack[:first-1]
			}
			for dict := stack[len(stack)-1].(map[any]any); len(pairs) > 0; pairs = pairs[2:] {
				dict[pairs[0]] = pairs[1]
			}
		default:
			return nil, nil, fmt.Errorf("%w: opcode %q", errPickle, code)
		}
	}
}
