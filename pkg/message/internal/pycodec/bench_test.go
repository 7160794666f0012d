package pycodec

import "testing"

// BenchmarkLoad measures what a command pays once, when it first meets a charset.
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
