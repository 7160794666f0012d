# Adds the prefix to the names of commands in a manual page.
# usage: awk -v names='qcat|qstat' -v prefix=mm- -f rename.awk PAGE
# A name changes in the title, in .Nm and .Xr, and where an example runs it. There
# it must be a whole word: neither the character before it nor the one after it can
# be part of a name. In the picture, the blanks before a name make room for the
# prefix.
function rename(line, picture,    done, found, room) {
	while (match(line, "(^|[^[:alnum:]_.@-])(" names ")([^[:alnum:]_.@/-]|$)")) {
		done = done substr(line, 1, RSTART - 1)
		line = substr(line, RSTART)
		match(line, names)
		done = done substr(line, 1, RSTART - 1)
		found = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		for (room = picture ? length(prefix) : 0; room > 0 && done ~ /  $/; room--)
			done = substr(done, 1, length(done) - 1)
		done = done prefix found
	}
	return done line
}
/^\.Dt / && tolower($2) ~ "^(" names ")$" { $2 = toupper(prefix) $2 }
/^\.Bd -literal/ { shown = 1; picture = !/-offset/ }
/^\.Ed/ { shown = 0 }
/^\.(It )?(Xr|Nm) / {
	at = $1 == ".It" ? 3 : 2
	if ($at ~ "^(" names ")$") sub(" " $at, " " prefix $at)
}
/^\.Dl / { $0 = rename($0, 0) }
shown && !/^\./ { $0 = rename($0, picture) }
{ print }
