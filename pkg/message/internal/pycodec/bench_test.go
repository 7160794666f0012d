package pycodec

import "testing"

// A command that meets a charset for the first time pays this once.
func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{"euc_jp", "cp949", "shift_jisx0213", "gb18030", "big5hkscs"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				loadTable(name)
			}
		})
	}
	b.Run("aliases", func(b *testing.B) {
		for b.Loop() {
			section("aliases")
		}
	})
}
