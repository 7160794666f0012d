#!/bin/sh
# Installs the files of this directory below SHARE, in the same tree. In their text,
# /usr/local/bin becomes BIN, and commands get the names that they have with PREFIX.
# With -r it removes them. qenqueue-alias is not among them: it belongs to the commands.
# usage: install.sh [-r] SHARE BIN PREFIX COMMAND...
set -eu
remove=
if [ "$1" = -r ]; then
	remove=yes
	shift
fi
share=$1 bin=$2 prefix=$3
shift 3
here=$(dirname "$0")
names=$(printf '%s|' "$@")
names=${names%|}
find "$here" -type f ! -name install.sh ! -name qenqueue-alias | while IFS= read -r source; do
	file=${source#"$here/"}
	if [ "$remove" ]; then
		rm -f "$share/$file"
		continue
	fi
	mkdir -p "$(dirname "$share/$file")"
	# A name changes only where it means the command: after a path, in man:NAME(1), and
	# as the job of a crontab. Units and services keep their own names.
	sed -E "s#/usr/local/bin/($names)( |\"|\$)#/usr/local/bin/$prefix\\1\\2#g
		s#man:($names)\\(#man:$prefix\\1(#
		s#^(.*\\* \\* \\*  [a-z]+  )($names) #\\1$prefix\\2 #
		s#/usr/local/bin#$bin#g
		s#\\{PROGRAM_PREFIX:-\\}#{PROGRAM_PREFIX:-$prefix}#" "$source" >"$share/$file"
	mode=644
	[ ! -x "$source" ] || mode=755
	chmod "$mode" "$share/$file"
done
[ -z "$remove" ] || find "$share" -depth -type d -exec rmdir {} + 2>/dev/null || :
