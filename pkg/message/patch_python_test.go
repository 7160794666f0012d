package message

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchboard/test/golden"
)

// pythonMetadata loads queue files, whose lengths are the arguments, and prints the metadata
// of each that the tests set. It reads Mailman's own classes as any object.
const pythonMetadata = `
import io, pickle, sys
if sys.version_info[0] == 2:
    import cPickle, cStringIO
    def load(f):
        u = cPickle.Unpickler(f)
        u.find_global = find
        return u.load()
    BytesIO, stdin, text = cStringIO.StringIO, sys.stdin, lambda s: s
else:
    class Unpickler(pickle.Unpickler):
        def find_class(self, module, name):
            return find(module, name)
    def load(f):
        return Unpickler(f).load()
    BytesIO, stdin, text = io.BytesIO, sys.stdin.buffer, lambda s: s.encode('utf-8', 'surrogateescape')
class Any(object):
    def __init__(self, *args): pass
    def __setstate__(self, state): pass
    __hash__ = object.__hash__
    def append(self, item): pass
class Old:
    def __setstate__(self, state): pass
import datetime
class Zone(datetime.tzinfo):
    pass
def find(module, name):
    if name == 'UTC':
        return Zone
    if module in ('datetime', '_codecs'):
        return getattr(__import__(module), name)
    if sys.version_info[0] == 2 and module.lower().startswith(('email', 'mailman')):
        return Old
    return Any
def show(v):
    if v is None or isinstance(v, (bool, int, float)):
        return repr(v)
    if isinstance(v, list):
        return '[' + ','.join(show(i) for i in v) + ']'
    if type(v).__name__ == 'datetime':
        return v.isoformat()
    return ''.join('%02x' % c for c in bytearray(text(v)))
for size in sys.argv[1:]:
    f = BytesIO(stdin.read(int(size)))
    load(f)
    d = load(f)
    print(' '.join(k + '=' + show(d[k]) for k in sorted(d) if isinstance(k, str) and k.startswith('set_')))
`

// TestPatchInPython patches golden files with values of every type, and checks that the
// Python that wrote each of them loads these values.
func TestPatchInPython(t *testing.T) {
	t.Parallel()
	set := []Setting{
		{"set_bool", true}, {"set_count", 70000}, {"set_empty", []string{}}, {"set_float", 0.5},
		{"set_groups", [][]string{{"a", "b"}, {}}}, {"set_huge", 1 << 40}, {"set_list", []string{"a", "\xe9\xc3\xa9"}},
		{"set_negative", -3}, {"set_none", nil}, {"set_text", "\xe9\xc3\xa9"},
		{"set_time", time.Date(2022, 1, 2, 3, 4, 5, 250e6, time.UTC)}, {CountKey, 1},
	}
	many := make([]string, 2500)
	for i := range many {
		many[i] = "x"
	}
	set = append(set, Setting{"set_zmany", many})
	want := "set_bool=True set_count=70000 set_empty=[] set_float=0.5 set_groups=[[61,62],[]] set_huge=1099511627776 set_list=[61,e9c3a9] " +
		"set_negative=-3 set_none=None set_text=e9c3a9 set_time=TIME set_zmany=[" + strings.Repeat(",78", 2500)[1:] + "]"
	for py3, name := range map[bool]string{false: os.Getenv("PYTHON2"), true: "python3"} {
		t.Run(fmt.Sprintf("python 3: %v", py3), func(t *testing.T) {
			t.Parallel()
			python, err := exec.LookPath(name)
			switch {
			case err != nil && os.Getenv("SWITCHBOARD_CI") != "" && py3:
				t.Fatal(err)
			case err != nil:
				t.Skipf("SKIP: %v; PYTHON2 names a Python 2.7", err)
			}
			var files bytes.Buffer
			args := []string{"-c", pythonMetadata}
			var wants, names []string
			for _, g := range golden.All(t) {
				if len(g.Data) > 20000 {
					continue
				}
				c := mustRead(t, g.Data)
				if c.py3 != py3 {
					continue
				}
				patch, err := c.Patch(set...)
				if err != nil {
					t.Fatal(err)
				}
				data := append(bytes.Clone(g.Data[:patch.TailOff]), patch.Tail...)
				data[patch.FlipOff] = patch.Flip
				files.Write(data)
				args = append(args, strconv.Itoa(len(data)))
				at := "1641092645.25"
				if c.Dialect() == Mailman3 {
					at = "2022-01-02T03:04:05.250000"
				}
				wants, names = append(wants, strings.Replace(want, "TIME", at, 1)), append(names, g.Name)
			}
			cmd := exec.Command(python, args...)
			cmd.Stdin = &files
			var errs bytes.Buffer
			cmd.Stderr = &errs
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, errs.String())
			}
			lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
			if len(lines) != len(wants) || len(lines) < 20 {
				t.Fatalf("%d lines for %d files", len(lines), len(wants))
			}
			for i, want := range wants {
				if lines[i] != want {
					t.Errorf("%s: %.400s, want %.400s", names[i], lines[i], want)
				}
			}
		})
	}
}
