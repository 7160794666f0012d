package pycodec

import (
	"testing"
	"unicode/utf8"
)

// FuzzCodecs checks that codecs do not panic, whatever they are given, and that what
// they return is in proportion to it.
func FuzzCodecs(f *testing.F) {
	for _, name := range []string{
		"utf-7", "utf-8", "utf_8_sig", "utf-16", "utf-32-be", "unicode_internal", "unicode_escape", "raw_unicode_escape", "punycode",
		"idna", "hz", "gb18030", "euc-kr", "johab", "big5-hkscs", "euc-jis-2004", "shift_jisx0213", "iso-2022-jp-2", "iso-2022-jp-3",
		"iso-2022-jp-ext", "iso-2022-kr", "cp037", "rot13", "cp932", "ANSI X3.4-1968", "no such",
	} {
		f.Add(name, []byte("a\x1b$B%\"\x1b(B~{VP~}\x81\x30\x81\x30\xa4\xd4+AOk-\\u00e9 \xe4\xb8\xad\xed\xa0\x80\x8f\xa2\xaf\x0e\x21\x0f\x1bN"))
	}
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		for _, python := range []Python{Python2, Python3} {
			Name(python, name)
			codec, found := Find(python, name)
			if found != Text {
				continue
			}
			text, ok := codec.Decode(b)
			if len(text) > 2*len(b)+1 {
				t.Fatalf("%s: %d characters of %d bytes", name, len(text), len(b))
			}
			if !ok {
				text = Runes(b)
			}
			for _, replace := range []bool{true, false} {
				out, _ := codec.Encode(text, replace)
				if len(out) > 10*len(text)+8 {
					t.Fatalf("%s: %d bytes of %d characters", name, len(out), len(text))
				}
			}
			for _, r := range text {
				if r < 0 || r > utf8.MaxRune {
					t.Fatalf("%s: character %x", name, r)
				}
			}
		}
	})
}
