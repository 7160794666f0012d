package pycodec

import (
	"compress/flate"
	_ "embed"
	"encoding/binary"
	"io"
	"strings"
	"sync"
)

//go:embed tables.bin
var packed string

// section unpacks a section of tables.bin, nil if there is none of that name.
func section(name string) []byte {
	for rest := packed; rest != ""; {
		n := int(rest[0])
		size := int(binary.BigEndian.Uint32([]byte(rest[1+n:])))
		data := rest[1+n+4:]
		if rest[1:1+n] == name {
			out, err := io.ReadAll(flate.NewReader(strings.NewReader(data[:size])))
			if err != nil {
				panic("tables.bin: " + err.Error())
			}
			return out
		}
		rest = data[size:]
	}
	return nil
}

// alias is where a name leads: to a module, "-" if that has no codec for text,
// and to the name that the codec has.
type alias struct{ module, name string }

// aliases are by generation and name.
var aliases = sync.OnceValue(func() map[string]alias {
	all := make(map[string]alias, 1000)
	for line := range strings.Lines(string(section("aliases"))) {
		f := strings.Fields(line)
		all[f[0]+f[1]] = alias{f[2], f[3]}
	}
	return all
})

// numbers reads the numbers of a section.
type numbers struct{ b []byte }

func (n *numbers) unsigned() int {
	v, size := binary.Uvarint(n.b)
	if size <= 0 {
		panic("tables.bin: cut off")
	}
	n.b = n.b[size:]
	return int(v)
}

func (n *numbers) signed() int {
	v, size := binary.Varint(n.b)
	if size <= 0 {
		panic("tables.bin: cut off")
	}
	n.b = n.b[size:]
	return int(v)
}

// list reads a list of items of as many numbers as columns.
func (n *numbers) list(columns int, each func(item [3]int)) {
	var item [3]int
	for range n.unsigned() {
		for i := range columns {
			item[i] += n.signed()
		}
		each(item)
	}
}
