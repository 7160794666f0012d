package choose

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
)

// ParsePattern compiles an RE2 regular expression that ignores case. The error says where
// the expression is wrong.
func ParsePattern(text string) (*regexp.Regexp, error) {
	if _, err := syntax.Parse(text, syntax.Perl); err != nil {
		var wrong *syntax.Error
		if errors.As(err, &wrong) {
			at := max(strings.LastIndex(text, wrong.Expr), 0)
			// Not %q: expressions are full of backslashes, and must be recognized.
			return nil, fmt.Errorf("RE is wrong at character %d: %s: \"%s\"", len([]rune(text[:at]))+1, wrong.Code, wrong.Expr)
		}
		return nil, fmt.Errorf("RE is wrong: %w", err)
	}
	// Parentheses around the text would end in the quotation that \Q begins.
	re, err := regexp.Compile("(?i)" + text)
	if err != nil {
		return nil, fmt.Errorf("RE is wrong: %w", err)
	}
	return re, nil
}

// ParseSize parses a number of bytes with an optional unit: k, M or G, each 1024 times the
// one before.
func ParseSize(text string) (int64, error) {
	digits, factor := text, int64(1)
	if text != "" {
		if i := strings.IndexByte("kMG", text[len(text)-1]); i >= 0 {
			digits, factor = text[:len(text)-1], int64(1)<<(10*(i+1))
		}
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || n > uint64(math.MaxInt64/factor) {
		return 0, fmt.Errorf("SIZE is not a size: %q; write it like 2000, 500k, 1M", text)
	}
	return int64(n) * factor, nil
}
