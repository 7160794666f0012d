#!/bin/sh
# Installs the manual below MANDIR. Pages of commands get the names that the
# commands have with PREFIX, and examples run them from ROOT/bin. With -r it removes
# the manual.
# usage: install.sh [-r] MANDIR ROOT PREFIX COMMAND...
set -eu
remove=
if [ "$1" = -r ]; then
	remove=yes
	shift
fi
mandir=$1 root=$2 prefix=$3
shift 3
here=$(dirname "$0")
names=$(printf '%s|' "$@")
# qenqueue-alias is installed with the commands, and qenqueue(1) describes it.
names=${names}qenqueue-alias
alias=$mandir/man1/${prefix}qenqueue-alias.1
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
	awk -v names="$names" -v prefix="$prefix" -f "$here/rename.awk" "$page" |
		sed -E "s#/usr/local/(bin/$prefix($names)|share/switchboard)( |\$)#$root/\\1\\3#g" >"$file"
	chmod 644 "$file"
done
if [ "$remove" ]; then
	rm -f "$alias"
else
	echo ".so man1/${prefix}qenqueue.1" >"$alias"
	chmod 644 "$alias"
fi
