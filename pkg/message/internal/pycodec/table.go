package pycodec

import "sync"

// table is a charset of several bytes per character. A code is these bytes as one
// number. ASCII stands for itself, unless chars has another character for it.
type table struct {
	name string
	// codes has the code of each character, 0 if there is none; more has those of
	// characters above U+FFFF.
	codes [0x10000]uint32
	more  map[rune]uint32
	// chars has the character of each code, 0 if there is none; chars3 those of
	// three bytes, the first of which is always ss3.
	chars  [0x10000]rune
	chars3 []rune
	// Some codes stand for two characters.
	pairs    map[uint32][2]rune
	pairCode map[[2]rune]uint32
}

// ss3 (single shift three) is the first byte of the codes of three bytes.
const ss3 = 0x8F

// parent returns the parent of a table, which is stored as its differences from the
// parent. change says how the codes of the parent change. It is a switch and not a map,
// because a map would be made at every start.
func parent(name string) (parent string, change func(code uint32) (uint32, bool)) {
	switch name {
	case "shift_jis", "cp932":
		return "euc_jp", sjis
	case "euc_jis_2004":
		return "euc_jp", same
	case "euc_jisx0213":
		return "euc_jis_2004", same
	case "shift_jis_2004":
		return "euc_jis_2004", sjis
	case "shift_jisx0213":
		return "shift_jis_2004", same
	case "cp949":
		return "euc_kr", same
	case "johab":
		return "euc_kr", johab
	case "gbk":
		return "gb2312", same
	case "gb18030":
		return "gbk", same
	case "cp950", "big5hkscs":
		return "big5", same
	}
	return "", nil
}

var (
	tablesMutex sync.Mutex
	tables      map[string]*table
)

// tableNamed returns a table, or nil if there is none of that name.
func tableNamed(name string) *table {
	tablesMutex.Lock()
	defer tablesMutex.Unlock()
	if t := tables[name]; t != nil {
		return t
	}
	t := loadTable(name)
	if t != nil {
		if tables == nil {
			tables = make(map[string]*table)
		}
		tables[name] = t
	}
	return t
}

func loadTable(name string) *table {
	if name == "aliases" || name == "single" {
		return nil
	}
	data := section(name)
	if data == nil {
		return nil
	}
	t := &table{name: name, more: make(map[rune]uint32), pairs: make(map[uint32][2]rune), pairCode: make(map[[2]rune]uint32)}
	if from, change := parent(name); from != "" {
		t.inherit(loadTable(from), change)
	}
	in := numbers{data}
	in.list(2, func(item [3]int) {
		t.setCode(rune(item[1]), uint32(item[0]))
		t.setChar(uint32(item[0]), rune(item[1]))
	})
	in.list(2, func(item [3]int) { t.setChar(uint32(item[0]), rune(item[1])) })
	in.list(2, func(item [3]int) { t.setCode(rune(item[0]), uint32(item[1])) })
	in.list(1, func(item [3]int) { t.setCode(rune(item[0]), 0) })
	in.list(1, func(item [3]int) { t.setChar(uint32(item[0]), 0) })
	in.list(3, func(item [3]int) {
		pair := [2]rune{rune(item[1]), rune(item[2])}
		t.pairs[uint32(item[0])] = pair
		t.pairCode[pair] = uint32(item[0])
	})
	return t
}

func (t *table) inherit(p *table, change func(uint32) (uint32, bool)) {
	for r, code := range p.codes {
		if code, ok := change(code); ok {
			t.codes[r] = code
		}
	}
	for r, code := range p.more {
		if code, ok := change(code); ok {
			t.more[r] = code
		}
	}
	for code, r := range p.chars {
		if code, ok := change(uint32(code)); ok && r != 0 {
			t.setChar(code, r)
		}
	}
	for code, r := range p.chars3 {
		if code, ok := change(ss3<<16 | uint32(code)); ok && r != 0 {
			t.setChar(code, r)
		}
	}
}

func (t *table) setCode(r rune, code uint32) {
	switch {
	case int(r) < len(t.codes):
		t.codes[r] = code
	case code == 0:
		delete(t.more, r)
	default:
		t.more[r] = code
	}
}

func (t *table) setChar(code uint32, r rune) {
	if code < 0x10000 {
		t.chars[code] = r
		return
	}
	if t.chars3 == nil {
		t.chars3 = make([]rune, 0x10000)
	}
	t.chars3[code&0xFFFF] = r
}

// code returns the code of a character, 0 if it has none.
func (t *table) code(r rune) uint32 {
	if 0 <= r && int(r) < len(t.codes) {
		return t.codes[r]
	}
	return t.more[r]
}

// codeOf returns the code of the first one or two characters, and how many they
// are.
func (t *table) codeOf(text []rune) (code uint32, n int) {
	if len(text) > 1 && len(t.pairCode) > 0 {
		if code, ok := t.pairCode[[2]rune{text[0], text[1]}]; ok {
			return code, 2
		}
	}
	return t.code(text[0]), 1
}

// char returns the character of a code of up to three bytes, 0 if it has none.
func (t *table) char(code uint32) rune {
	switch {
	case code < 0x10000:
		return t.chars[code]
	case code>>16 == ss3 && t.chars3 != nil:
		return t.chars3[code&0xFFFF]
	}
	return 0
}

// appendChars appends the characters that a code stands for. It returns false if
// there are none.
func (t *table) appendChars(out []rune, code uint32) ([]rune, bool) {
	if r := t.char(code); r != 0 {
		return append(out, r), true
	}
	if pair, ok := t.pairs[code]; ok {
		return append(out, pair[:]...), true
	}
	return out, false
}

func same(code uint32) (uint32, bool) { return code, code != 0 }

// sjis converts a code of two bytes from EUC to Shift JIS.
func sjis(code uint32) (uint32, bool) {
	switch {
	case code>>8 == 0x8E:
		return code & 0xFF, true
	case code < 0xA1A1 || code > 0xFFFF:
		return 0, false
	}
	row, cell := code>>8-0xA1, code&0xFF-0xA1
	lead, trail := row/2, cell+row%2*94
	if lead < 0x1F {
		lead += 0x81
	} else {
		lead += 0xC1
	}
	if trail < 0x3F {
		trail += 0x40
	} else {
		trail += 0x41
	}
	return lead<<8 | trail, true
}

// johab converts a code from EUC to Johab. Johab has codes of its own for letters
// and syllables.
func johab(code uint32) (uint32, bool) {
	if code < 0xA1A1 || code > 0xFFFF {
		return 0, false
	}
	row, cell := code>>8-0xA1, code&0xFF-0xA1
	switch {
	case row <= 11 && row != 3:
		row += 0x1B2
	case 41 <= row && row <= 92:
		row += 0x197
	default:
		return 0, false
	}
	if cell += row % 2 * 94; cell < 0x4E {
		cell += 0x31
	} else {
		cell += 0x43
	}
	return row/2<<8 | cell, true
}
