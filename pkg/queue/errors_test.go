package queue

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestErrorText checks that an error is one line that begins with the file that it is
// about.
func TestErrorText(t *testing.T) {
	t.Parallel()
	var o Options
	told := notices(&o)
	d := realQueue(t, o, Ready, InFlight)
	in := d.Path()
	writeEntry(t, in, testID(0), InFlight, nil)
	writeEntry(t, in, testID(2), Ready, []byte("garbage"))
	_, conflict := d.Dequeue(testID(0))
	_, malformed := d.Dequeue(testID(2))
	_, missing := Open(in+"/none", Options{})
	must(t, os.WriteFile(in+"/file", nil, 0o600))
	_, noDir := Open(in+"/file", Options{})
	_, noParent := Create(in+"/none/q", Options{})
	for _, test := range []struct {
		err  error
		want string
	}{
		{conflict, d.EntryPath(testID(0), Ready) + ": " + d.EntryPath(testID(0), InFlight) + " exists; both are kept"},
		{malformed, d.EntryPath(testID(2), Ready) + ": "},
		{malformed, "; preserved as " + filepath.Join(bad(d), testID(2).Name(Preserved))},
		{d.Finish(testID(5)), d.EntryPath(testID(5), InFlight) + ": not claimed (already finished or restored)"},
		{missing, in + "/none: no such queue"},
		{noDir, in + "/file: is not a directory"},
		{noParent, in + "/none/q: cannot create: parent directory " + in + "/none does not exist"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) || strings.Contains(test.err.Error(), "\n") {
			t.Errorf("%v, and not %s", test.err, test.want)
		}
	}
	if len(*told) > 0 {
		t.Errorf("told %v", *told)
	}
}
