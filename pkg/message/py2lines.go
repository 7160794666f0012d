package message

import (
	"strings"
)

const py2Blanks = " \t\n\v\f\r"

// splitASCII is _split_ascii: it breaks lines at semicolons, else at commas, else
// at blanks.
func (f *py2Folder) splitASCII(s string, firstLen, restLen int, splitChars string) []string {
	var lines []string
	maxLen := firstLen
	wsLen := len(strings.ReplaceAll(f.ws, "\t", "        "))
	for _, line := range py2SplitLines(s) {
		line = strings.TrimLeft(line, py2Blanks)
		at := strings.IndexFunc(splitChars, func(c rune) bool { return strings.ContainsRune(line, c) })
		if len(line) < maxLen || at < 0 {
			lines = append(lines, line)
			maxLen = restLen
			continue
		}
		ch := splitChars[at]
		end := string(ch)
		if ch == ' ' {
			end = ""
		}
		joiner := end + " "
		var this []string
		lineLen := 0
		for _, part := range cutAt(line, ch) {
			curLen := lineLen + max(0, len(this)-1)*len(joiner)
			switch {
			case ch == ' ' && len(lines) == 0 && len(this) == 1 && isFieldName(this[0]):
				this = append(this, part)
				lineLen += len(part)
			case curLen+len(part) > maxLen:
				if len(this) > 0 {
					lines = append(lines, strings.Join(this, joiner)+end)
				}
				if len(part) > maxLen && ch != ' ' {
					sub := f.splitASCII(part, maxLen, restLen, " ")
					lines = append(lines, sub[:len(sub)-1]...)
					this = sub[len(sub)-1:]
				} else {
					this = []string{part}
				}
				lineLen = wsLen + len(this[len(this)-1])
				maxLen = restLen
			default:
				this = append(this, part)
				lineLen += len(part)
			}
		}
		if len(this) > 0 {
			lines = append(lines, strings.Join(this, joiner))
		}
	}
	return lines
}

// cutAt cuts at c and the blanks after it.
func cutAt(s string, c byte) (parts []string) {
	for {
		part, rest, found := strings.Cut(s, string(c))
		parts = append(parts, part)
		if !found {
			return parts
		}
		s = strings.TrimLeft(rest, py2Blanks)
	}
}

// isFieldName is fcre: visible characters and a colon.
func isFieldName(s string) bool {
	for i := range len(s) {
		if s[i] < '!' || s[i] > '~' {
			return false
		}
	}
	return len(s) > 1 && s[len(s)-1] == ':'
}

// py2SplitLines is Python 2's str.splitlines.
func py2SplitLines(s string) (lines []string) {
	for s != "" {
		i := strings.IndexAny(s, "\r\n")
		if i < 0 {
			return append(lines, s)
		}
		lines = append(lines, s[:i])
		if strings.HasPrefix(s[i:], "\r\n") {
			i++
		}
		s = s[i+1:]
	}
	return lines
}
