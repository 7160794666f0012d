#!/bin/sh
# Installs the manual below MANDIR, the pages of the commands under the names
# that these have with the prefix, or with -r removes it.
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
# It is installed with the commands, and described in the page of one.
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
