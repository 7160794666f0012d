package fakedisk

import "strings"

// Slot is one name of a directory, and the file that it gets.
type Slot struct {
	Dir  *Inode
	Name string
	File *Inode // nil removes the name
}

// change sets one slot, or two at once. A power cut may undo it.
type change struct {
	slots []Slot
	// logged says that the file of a rename was synced after it.
	logged bool
	// leaves is the file whose old name this removes, if this is the second half of a
	// rename.
	leaves *Inode
}

// Set sets slots, all at once.
func (d *Disk) Set(slots ...Slot) {
	for _, s := range slots {
		if s.File == nil {
			delete(s.Dir.Names, s.Name)
		} else {
			s.Dir.Names[s.Name] = s.File
			s.File.Path = strings.TrimRight(s.Dir.Path, "/") + "/" + s.Name
			s.File.ctime = d.now()
		}
		s.Dir.ModTime, s.Dir.ctime = d.now(), d.now()
	}
	fs := slots[0].Dir.FS
	fs.pending = append(fs.pending, &change{slots: slots})
	d.Version++
}

// keep makes the change durable.
func (c *change) keep() {
	for _, s := range c.slots {
		if s.File == nil {
			delete(s.Dir.Kept, s.Name)
		} else {
			s.Dir.Kept[s.Name] = s.File
		}
	}
}

// after says whether c changes a name that earlier changed. Such changes become durable
// in order.
func (c *change) after(earlier *change) bool {
	for _, s := range c.slots {
		for _, t := range earlier.slots {
			if s.Dir == t.Dir && s.Name == t.Name {
				return true
			}
		}
	}
	return false
}
