package pycodec

// hz is GB 2312 in seven bits, between ~{ and ~}.
type hz struct{ gb *table }

func (h hz) encode(text []rune, replace bool) ([]byte, bool) {
	out := make([]byte, 0, 2*len(text))
	inGB := false
	for _, r := range text {
		code := h.gb.code(r)
		if code == 0 && (r < 0 || r >= 0x80) {
			if !replace {
				return nil, false
			}
			r = '?'
		}
		if code != 0 != inGB {
			inGB = !inGB
			if inGB {
				out = append(out, "~{"...)
			} else {
				out = append(out, "~}"...)
			}
		}
		switch {
		case inGB:
			out = append(out, byte(code>>8)&0x7F, byte(code)&0x7F)
		case r == '~':
			out = append(out, "~~"...)
		default:
			out = append(out, byte(r))
		}
	}
	if inGB {
		out = append(out, "~}"...)
	}
	return out, true
}

func (h hz) decode(b []byte) ([]rune, bool) {
	out := make([]rune, 0, len(b))
	inGB := false
	for len(b) > 0 {
		n, r := 1, rune(replacement)
		switch c := b[0]; {
		case c == '~':
			n = 2
			if len(b) < 2 {
				break
			}
			switch {
			case b[1] == '~' && !inGB:
				r = '~'
			case b[1] == '{' && !inGB, b[1] == '}' && inGB:
				inGB, r = !inGB, -1
			case b[1] == '\n' && !inGB:
				r = -1
			}
		case c >= 0x80:
		case !inGB:
			r = rune(c)
		default:
			if n = 2; len(b) >= 2 {
				if gb := h.gb.char(uint32(c|0x80)<<8 | uint32(b[1]^0x80)); gb != 0 {
					r = gb
				}
			}
		}
		if r >= 0 {
			out = append(out, r)
		}
		b = b[min(n, len(b)):]
	}
	return out, true
}
