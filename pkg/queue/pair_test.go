package queue

import (
	"errors"
	"io"
	"iter"
	"os"
	"testing"
)

// TestPairs checks that the two files of an entry of Mailman before 2.1.5 are strays,
// even though the message's file has the name of a ready entry. Such a file was once
// preserved as unreadable, away from its metadata.
func TestPairs(t *testing.T) {
	t.Parallel()
	d := realQueue(t, Options{}, Ready, Ready, Ready, Ready)
	before := names(t, d.Path())
	for _, n := range []int{0, 1, 2} {
		writeEntry(t, d.Path(), testID(n), Ready, []byte("S'Subject: x\\n\\nb\\n'\n."))
		must(t, os.WriteFile(d.Path()+"/"+testID(n).String()+".db", []byte("{0"), 0o660))
	}
	// A .db file without an entry does not make any entry part of a pair.
	must(t, os.WriteFile(d.Path()+"/"+testID(9).String()+".db", []byte("{0"), 0o660))
	must(t, os.WriteFile(d.Path()+"/archive.db", []byte("{0"), 0o660))

	counts, err := d.Count(Slice{})
	must(t, err)
	if counts.ByState[Ready] != 1 || counts.ByState[Stray] != 3+5 || !counts.Oldest[Ready].Equal(testID(3).Received()) {
		t.Errorf("counts %+v", counts)
	}
	counts, err = d.Count(Slice{Index: 0, Count: 1})
	must(t, err)
	if counts.ByState[Ready] != 1 {
		t.Errorf("counts of a slice %+v", counts)
	}
	ready := 0
	for f, err := range d.Each() {
		must(t, err)
		if f.State == Ready {
			ready++
		}
	}
	list, err := idsOf(d.List(nil, Ready))
	must(t, err)
	// More pairs than a listing holds must not hide an entry behind them.
	oldest, err := d.oldest(2, ID{}, nil)
	must(t, err)
	if ready != 1 || len(list) != 1 || list[0] != testID(3) || oldest.len() != 1 || oldest.ids(1)[0] != testID(3) {
		t.Errorf("%d ready, listed %v, oldest %v", ready, list, oldest.ids(oldest.len()))
	}
	if err := d.CanClaim(testID(0)); !errors.Is(err, ErrStray) {
		t.Errorf("claim of a pair: %v", err)
	}
	must(t, d.CanClaim(testID(3)))

	for name, claims := range map[string]iter.Seq2[*Claim, error]{
		"Claims":      d.Claims(Slice{}, 9),
		"ClaimsOfAll": d.ClaimsOfAll(Slice{}),
		"Pass":        d.Pass(Slice{}, func(ID) bool { return false }),
	} {
		next := pull(t, claims)
		claim, err := next()
		if err != nil || claim.ID != testID(3) {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := next(); err != io.EOF {
			t.Errorf("%s: %v", name, err)
		}
		must(t, claim.Requeue())
	}
	for _, extra := range []string{"a.db", "b.db", "c.db"} {
		must(t, os.Remove(d.Path()+"/"+testID(int(extra[0]-'a')).String()+".db"))
	}
	must(t, os.Remove(d.Path()+"/"+testID(9).String()+".db"))
	must(t, os.Remove(d.Path()+"/archive.db"))
	expectNames(t, d.Path(), before)
}
