package licences

import (
	"fmt"
	"strings"
)

// File returns the text of one file with all licences.
func File(modules []Module) []byte {
	var out strings.Builder
	out.WriteString("The commands of switchboard contain these modules, whose licences follow:\n\n")
	for _, m := range modules {
		fmt.Fprintf(&out, "    %s %s\n", m.Path, m.Version)
	}
	for _, m := range modules {
		for _, t := range m.Texts {
			title := fmt.Sprintf("%s %s, %s", m.Path, m.Version, t.Name)
			fmt.Fprintf(&out, "\n%s\n%s\n\n%s", title, strings.Repeat("=", len(title)), t.Data)
			if !strings.HasSuffix(t.Data, "\n") {
				out.WriteByte('\n')
			}
		}
	}
	return []byte(out.String())
}
