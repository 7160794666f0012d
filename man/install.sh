#!/bin/sh
# Installs the manual below MANDIR. Pages of commands get the names that the
# commands have with PREFIX. With -r it removes the manual.
# usage: install.sh [-r] MANDIR PREFIX COMMAND...
set -eu
remove=
if [ "$1" = -r ]; then
	remove=yes
	shift
fi
mandir=$1 prefix=$2
shift 2
here=$(dirname "$0")
names=$(printf '%s|' "$@")
# qenqueue-alias is installed with the commands, but has no page of its own.
names=${names}qenqueue-alias
for page in "$here"/*.[1-9]; do
	name=${page##*/}
	section=${name##*.}
	[ "$section" != 1 ] || name=$prefix$name
	file=$mandir/man$section/$name
	if [ "$remove" ]; then
		rm -f "$file"
		continue
	fi
	mkdir -p "$mandir/man$section"
	awk -v names="$names" -v prefix="$prefix" -f "$here/rename.awk" "$page" >"$file"
	chmod 644 "$file"
done
