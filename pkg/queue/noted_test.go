package queue

import (
	"os"
	"testing"

	"switchboard/pkg/message"
)

// TestNotedOriginal takes up an entry whose note says that it was moved to here, while a
// crash left the original in the queue that the entry came from. Whoever takes the entry
// up must remove the original first. Otherwise the original might be found after the
// entry has left this queue.
func TestNotedOriginal(t *testing.T) {
	t.Parallel()
	for what, takeUp := range map[string]func(t *testing.T, d, other *Dir) (want string){
		"release": func(t *testing.T, d, other *Dir) string {
			_, err := release(d, testID(0), Ready, other, false)
			must(t, err)
			return ""
		},
		"claim": func(t *testing.T, d, _ *Dir) string {
			c, err := d.Dequeue(testID(0))
			must(t, err)
			must(t, c.Close())
			return "a.bak"
		},
	} {
		for _, test := range []struct {
			name  string
			state State
			// original returns the content of the file that is left in the other queue.
			original func(copied []byte, here, there string) []byte
			goes     bool
		}{
			{"in flight", InFlight, func(f []byte, _, _ string) []byte { return f }, true},
			{"ready", Ready, func(f []byte, _, _ string) []byte { return f }, true},
			{"counted since", InFlight, func(_ []byte, here, there string) []byte {
				return notedFile(mailText(0), here, there, counted(1))
			}, true},
			{"another message", InFlight, func(_ []byte, here, there string) []byte {
				return notedFile(mailText(1), here, there)
			}, false},
			{"another note", InFlight, func(_ []byte, _, there string) []byte {
				return notedFile(mailText(0), there+"/elsewhere", there)
			}, false},
		} {
			t.Run(what+", "+test.name, func(t *testing.T) {
				t.Parallel()
				d, there := realQueue(t, Options{}), t.TempDir()
				file := notedFile(mailText(0), resolved(d.Path()), resolved(there))
				writeEntry(t, d.Path(), testID(0), Ready, file)
				left := writeEntry(t, there, testID(0), test.state, test.original(file, resolved(d.Path()), resolved(there)))
				other, err := Open(t.TempDir(), Options{})
				must(t, err)
				defer other.Close()
				want := takeUp(t, d, other)
				expectNames(t, d.Path(), want)
				if _, err := os.Stat(left); os.IsNotExist(err) != test.goes {
					t.Errorf("the original: %v", err)
				}
			})
		}
	}
}

// notedFile returns an entry with the note of a move.
func notedFile(text, to, from string, more ...message.Item) []byte {
	return entryFile(message.Mailman2, text, append(more,
		message.Item{Key: movingToKey, Value: to}, message.Item{Key: movingFromKey, Value: from})...)
}
