package message

import (
	"net/mail"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":                            "",
		"a@example.com":               "a@example.com",
		"Ann <a@example.com>":         "a@example.com",
		`"A, B" <a@example.com>, b@c`: "a@example.com b@c",
		"Caf\xe9 <a@example.com>":     "a@example.com",
		"=?x-none?q?a?= <a@b.c>, d@e": "a@b.c d@e",
		`"un <closed@x.y`:             "closed@x.y",
		"(un <closed@x.y":             "closed@x.y",
		"( (a) b@c":                   "b@c",
		"a@b.c d@e.f":                 "a@b.c",
		"a@b.c; d@e.f":                "a@b.c d@e.f",
		"x (a, b@c) <d@e>":            "d@e",
		"a@b <>":                      "",
		"Ann <a@b> c@d":               "a@b",
		"<@x,@y:a@b.c>":               "a@b.c",
		"< a@b >":                     "a@b",
		"a @ b (c)":                   "a@b",
		`"Doe, John" a@b`:             "a@b",
		`"John"a@b`:                   "a@b",
		"ann@[IPv6:2001:db8::1], b@c": "ann@[IPv6:2001:db8::1] b@c",
		"mailto:a@b":                  "a@b",
		"undisclosed-recipients:;":    "",
		"list: a@b.c, d@e.f;":         "a@b.c d@e.f",
		"nobody":                      "",
		"ann at example.com (Ann)":    "",
		"a@b.c,, <d@e.f>":             "a@b.c d@e.f",
		`a\`:                          "",
	} {
		if got := strings.Join(addresses(value), " "); got != want {
			t.Errorf("%q: %q, not %q", value, got, want)
		}
	}
}

// checkAddresses checks that addresses agrees with net/mail on a value that net/mail
// accepts.
func checkAddresses(t interface{ Errorf(string, ...any) }, value string) (accepted bool) {
	list, err := mail.ParseAddressList(value)
	if err != nil {
		addresses(value)
		return false
	}
	var want []string
	for _, a := range list {
		want = append(want, a.Address)
	}
	if got := addresses(value); !slices.Equal(got, want) {
		t.Errorf("%q: %q, net/mail has %q", value, got, want)
	}
	return true
}

// TestAddressesAsNetMail makes values from parts that are likely to be put together wrong.
func TestAddressesAsNetMail(t *testing.T) {
	t.Parallel()
	parts := []string{
		"a", "b.c", "\u00e9", "@", ".", "<", ">", "<a@b>", "d@e.f", "g:", ";", ",", " ", "\t", `"q r"`, `"x, y"`, `"s@t"`, `"\"\\"`, `""`,
		"(c)", "(d, (e) @f)", "(\\))", "[1.2.3.4]", "[::1]", "=?utf-8?q?h?=",
	}
	// Of values that are made of any parts, net/mail accepts one in a hundred or so.
	address := rapid.SampledFrom([]string{"a@b.c", `"q r" <a@b>`, "(c) d@e.f (x)", "\u00e9 <a@[1.2.3.4]>"})
	list := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(address, 1, 4).Draw(t, "list"), ", ")
	})
	odd := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 1, 12).Draw(t, "parts"), "")
	})
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(list, odd).Draw(t, "value")
		if checkAddresses(t, value) {
			accepted++
		}
	})
	if accepted < 5 {
		t.Errorf("net/mail accepted only %d", accepted)
	}
}

// TestAddressesTakeLinearTime checks values that nothing closes.
func TestAddressesTakeLinearTime(t *testing.T) {
	t.Parallel()
	for _, part := range []string{`"`, `\"`, "(", "((a)", "<", "[", "@[", "a@b,", `"\`} {
		addresses(`"` + strings.Repeat(part, 1<<16))
	}
}

func FuzzAddresses(f *testing.F) {
	f.Add(`"A, B" <a@example.com>, (x) b@[1.2.3.4], g: c@d;`)
	f.Fuzz(func(t *testing.T, value string) { checkAddresses(t, value) })
}
