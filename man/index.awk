# Makes the start page from the file of subjects and the NAME lines of the pages.

function escaped(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	return text
}

# The file of subjects is the first one.
NR == FNR {
	if ($0 !~ /^#/) line[++lines] = $0
	next
}

FNR == 1 { pages[FILENAME] = 1 }

/^\.Nd / && !(FILENAME in what) {
	sub(/^\.Nd /, "")
	what[FILENAME] = escaped($0)
}

END {
	print "<!DOCTYPE html>"
	print "<html lang=\"en\">"
	print "<head>"
	print "<meta charset=\"utf-8\"/>"
	print "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1.0\"/>"
	print "<link rel=\"stylesheet\" href=\"manual.css\"/>"
	print "<title>The manual of switchboard</title>"
	print "</head>"
	print "<body>"
	print "<h1>switchboard</h1>"
	print "<p>Small Unix commands for the queue directories of GNU Mailman.</p>"
	for (i = 1; i <= lines; i++) {
		page = line[i]
		if (!(page in pages)) {
			if (open) print "</dl>"
			print "<h2>" escaped(page) "</h2>\n<dl class=\"pages\">"
			open = 1
			continue
		}
		name = section = page
		sub(/\.[1-9]$/, "", name)
		sub(/^.*\./, "", section)
		print "<dt><a href=\"" page ".html\">" name "(" section ")</a></dt><dd>" what[page] "</dd>"
		delete pages[page]
	}
	print "</dl>\n</body>\n</html>"
	for (page in pages) {
		print "man/subjects does not have " page >"/dev/stderr"
		exit 1
	}
}
