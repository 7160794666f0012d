package pycodec

import (
	_ "embed"
	"encoding/binary"
	"strings"
	"sync"
)

// packed is tables.bin, which is generated: do not edit it. tables.py makes it from
// what Python answers, and describes its format:
//
//	python2.7  tables.py ask 2.7.json
//	python3.13 tables.py ask 3.13.json
//	python3.13 tables.py build 2.7.json 3.13.json tables.bin
//
//go:embed tables.bin
var packed string

// section returns a section of tables.bin, or nil if there is none of that name. The
// tables are not compressed: package compress/flate would cost the start of every command
// more than it could save.
func section(name string) []byte {
	for rest := packed; rest != ""; {
		n := int(rest[0])
		size := int(binary.BigEndian.Uint32([]byte(rest[1+n:])))
		data := rest[1+n+4:]
		if rest[1:1+n] == name {
			return []byte(data[:size])
		}
		rest = data[size:]
	}
	return nil
}

// alias is what a name stands for. module is the module of the codec, or "-" if it has
// no codec for text. name is the name that the codec itself has.
type alias struct{ module, name string }

// aliases are the names by which codecs are found. The key is the generation of
// Python and the name.
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

// list reads a list of items. Each item has as many numbers as there are columns,
// stored as the differences from the item before it.
func (n *numbers) list(columns int, each func(item [3]int)) {
	var item [3]int
	for range n.unsigned() {
		for i := range columns {
			item[i] += n.signed()
		}
		each(item)
	}
}
