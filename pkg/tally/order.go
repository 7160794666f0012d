package tally

import (
	"cmp"
	"slices"
	"strings"
)

// Orders are the words for the orders in which Sort can put groups.
var Orders = []string{"entries", "bytes", "oldest", "newest", "name"}

// Sort sorts groups: by the largest number, the greatest age, or the name. "" stands for the
// usual order: hours by their time, and other groups by the number of their entries. Of
// equal groups the name decides.
func (b By) Sort(groups []*Group, order string) {
	if order == "" && b == Hour {
		order = "oldest"
	}
	compare := func(a, b *Group) int { return cmp.Compare(b.Entries, a.Entries) }
	switch order {
	case "bytes":
		compare = func(a, b *Group) int { return cmp.Compare(b.Bytes, a.Bytes) }
	case "oldest":
		compare = func(a, b *Group) int { return a.Oldest.Compare(b.Oldest) }
	case "newest":
		compare = func(a, b *Group) int { return a.Newest.Compare(b.Newest) }
	case "name":
		compare = func(*Group, *Group) int { return 0 }
	}
	slices.SortFunc(groups, func(x, y *Group) int {
		return cmp.Or(compare(x, y), strings.Compare(x.Name, y.Name), cmp.Compare(x.place(), y.place()))
	})
}

// place puts the entries that cannot be read behind those without a name.
func (g *Group) place() int {
	if g.Unreadable {
		return 1
	}
	return 0
}
