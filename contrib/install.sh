#!/bin/sh
# Installs the files of this directory below SHARE, in the same tree. In their text,
# commands get the directory BIN and the names that they have with PREFIX, and services,
# jobs and the log get the user USER and its group. With -r it removes them.
# qenqueue-alias is not among them: it belongs to the commands.
# usage: install.sh [-r] SHARE BIN USER PREFIX COMMAND...
set -eu
remove=
if [ "$1" = -r ]; then
	remove=yes
	shift
fi
share=$1 bin=$2 user=$3 prefix=$4
shift 4
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
	# as the job of a crontab. Units and services keep their own names. A handler is the
	# administrator's, and stays in /usr/local/bin.
	sed -E "s#/usr/local/bin/($names)( |\"|\$)#$bin/$prefix\\1\\2#g
		s#man:($names)\\(#man:$prefix\\1(#
		s#^(.*\\* \\* \\*  [a-z]+  )($names) #\\1$prefix\\2 #
		s#^(.*\\* \\* \\*  )list  #\\1$user  #
		s#^(User|Group)=list\$#\\1=$user#
		s#:=list:list#:=$user:$user#
		s#(create 0660) list list#\\1 $user $user#
		s#^PATH=/usr/local/bin:#PATH=$bin:#
		s#\\{PROGRAM_PREFIX:-\\}#{PROGRAM_PREFIX:-$prefix}#" "$source" >"$share/$file"
	mode=644
	[ ! -x "$source" ] || mode=755
	chmod "$mode" "$share/$file"
done
[ -z "$remove" ] || find "$share" -depth -type d -exec rmdir {} + 2>/dev/null || :
