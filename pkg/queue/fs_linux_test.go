package queue

import "testing"

// TestSyncFS on a filesystem where nobody else has much to write.
func TestSyncFS(t *testing.T) {
	t.Parallel()
	path := otherFilesystem(t)
	if path == "" {
		t.Skip("there is none")
	}
	d, err := osSystem{}.OpenDir(path)
	must(t, err)
	defer d.Close()
	if ok, err := d.SyncFS()(); err != nil || ok != syncfsTellsErrors() {
		t.Errorf("%v, %v", ok, err)
	}
}
