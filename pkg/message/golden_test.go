package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"testing"

	"switchboard/test/golden"
)

func readBytes(data []byte) (*Content, error) {
	return Read(bytes.NewReader(data), int64(len(data)))
}

func mustRead(t testing.TB, data []byte) *Content {
	t.Helper()
	c, err := readBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func messageOf(t testing.TB, c *Content) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := c.WriteMessage(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var madeBoundary = regexp.MustCompile(`={15}[0-9]{19}==`)

func maskBoundaries(b []byte) []byte {
	return madeBoundary.ReplaceAll(b, []byte("===============N=="))
}

// latin1 decodes the samples, which have one character for each byte.
func latin1(t *testing.T, s string) []byte {
	t.Helper()
	var b []byte
	for _, r := range s {
		if r > 0xFF {
			t.Fatalf("%q is not Latin-1", s)
		}
		b = append(b, byte(r))
	}
	return b
}

func TestGoldenMessage(t *testing.T) {
	t.Parallel()
	for _, want := range golden.All(t) {
		t.Run(want.Name, func(t *testing.T) {
			t.Parallel()
			c := mustRead(t, want.Data)
			if c.MsgEnd != want.MsgPickleLen || c.MetaEnd-c.MsgEnd != want.MetaPickleLen {
				t.Errorf("pickles of %d and %d bytes, want %d and %d", c.MsgEnd, c.MetaEnd-c.MsgEnd, want.MsgPickleLen, want.MetaPickleLen)
			}
			if c.ParseMsg() != want.ParseMsg {
				t.Errorf("ParseMsg %v", c.ParseMsg())
			}
			class := ""
			if want.Class != nil {
				class = *want.Class
			}
			if c.Class() != class {
				t.Errorf("class %q, want %q", c.Class(), class)
			}
			if c.Restores() != want.Restores {
				t.Errorf("%d restores, want %d", c.Restores(), want.Restores)
			}
			if d := c.Dialect(); d.String() != want.Dialect && !(d == Unknown && want.Name == "mm3-meta-rt-float-plain-a") {
				// This case does not name a list, and has the time as in Mailman 2.1.
				t.Errorf("dialect %v, want %v", d, want.Dialect)
			}
			got := messageOf(t, c)
			switch {
			case want.Nondeterministic:
				if sample := latin1(t, want.FlattenSample); !bytes.Equal(maskBoundaries(got), maskBoundaries(sample)) {
					t.Errorf("text\n%q\nwant, but for the boundaries,\n%q", got, sample)
				}
				if again := messageOf(t, c); !bytes.Equal(got, again) {
					t.Error("another text the second time")
				}
			case want.FlattenError != "":
				checkBest(t, want.Name, got)
			case want.MessageSHA256 != nil:
				if sum := sha256.Sum256(got); hex.EncodeToString(sum[:]) != *want.MessageSHA256 {
					t.Errorf("text\n%.2000q\nwant\n%.2000q", got, want.Message)
				}
			default:
				t.Error("nothing known about the text")
			}
			header := new(bytes.Buffer)
			if err := c.WriteHeader(header); err != nil {
				t.Error(err)
			}
			if !c.ParseMsg() && !bytes.HasPrefix(got, append(header.Bytes(), '\n')) {
				t.Errorf("header %q", header)
			}
		})
	}
}

// checkBest checks the text of messages that Python fails on: it must have all of
// their bytes.
func checkBest(t *testing.T, name string, got []byte) {
	t.Helper()
	for prefix, parts := range map[string][]string{
		"mm2-made-unicode-payload8":     {"\n\n", "\u00e9"},
		"mm3-made-unicode-payload8":     {"\n\n", "\u00e9"},
		"mm3py36-made-unicode-payload8": {"\n\n", "\u00e9"},
		"mm3-parsed-ct-8bit":            {"\xe9"},
		"mm3-parsed-ctl-embed":          {"value with VT\vInjected: header"},
		"mm3-parsed-nostart-8bit":       {"\n\n", "\xe9"},
	} {
		if name != prefix+"-a" {
			continue
		}
		for _, part := range parts {
			if !bytes.Contains(got, []byte(part)) {
				t.Errorf("%q is not in\n%q", part, got)
			}
		}
		return
	}
	t.Errorf("not known what to expect; got\n%q", got)
}

func TestGoldenBad(t *testing.T) {
	t.Parallel()
	// Files of the other Mailman. Whether they are wrong depends on the queue, and
	// Dialect tells.
	others := map[string]Dialect{
		"py2file-in-mm3-a": Mailman2, "py2plain8-in-mm3-a": Mailman2, "py3file-in-mm2-a": Mailman3,
	}
	// Counts that kill Mailman, and are 0 here.
	counts := map[string]bool{"bakcount-list-a": true, "bakcount-none-a": true, "bakcount-str-a": true}
	for _, bad := range golden.Bad(t) {
		if strings.HasPrefix(bad.Name, "name-") || bad.Name == "pck-and-bak-a" || len(bad.Make) > 0 {
			// Not about content: pkg/queue tests these.
			continue
		}
		for _, name := range bad.Names() {
			t.Run(bad.Name, func(t *testing.T) {
				t.Parallel()
				c, err := readBytes(bad.Files[name])
				if err == nil {
					var text bytes.Buffer
					err = c.WriteMessage(&text)
					if _, jsonErr := c.AppendMetadata(nil); jsonErr != nil && !errors.Is(jsonErr, ErrMalformed) {
						t.Errorf("metadata: %v", jsonErr)
					}
				}
				if err != nil && !errors.Is(err, ErrMalformed) {
					t.Errorf("%v is not ErrMalformed", err)
				}
				switch d, other := others[bad.Name]; {
				case other:
					if err != nil || c.Dialect() != d {
						t.Errorf("dialect %v, error %v", c.Dialect(), err)
					}
				case counts[bad.Name]:
					if err != nil || c.Restores() != 0 {
						t.Errorf("%d restores, error %v", c.Restores(), err)
					}
				case bad.MustFail() && err == nil:
					t.Errorf("accepted: %s", bad.Why)
				case bad.MustWork() && err != nil:
					t.Errorf("%v: %s", err, bad.Why)
				}
				if err != nil {
					t.Log(err)
				}
			})
		}
	}
}
