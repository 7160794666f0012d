#!/bin/sh
# Makes linked HTML pages of the manual in DIR, with a start page.
# usage: html.sh DIR
set -eu
out=$1
if ! command -v mandoc >/dev/null; then
	echo 'make html needs mandoc: on Debian, apt-get install mandoc' >&2
	exit 1
fi
mkdir -p "$out"
out=$(cd "$out" && pwd)
# mandoc links to a page of ours if the page is in the current directory.
cd "$(dirname "$0")"
set -- *.[1-9]
for page; do
	mandoc -Thtml -O 'style=manual.css,toc,man=%N.%S.html;https://manpages.debian.org/%N.%S' "$page" >"$out/page.part"
	sed 's|^<body>$|&<p><a href="index.html">The manual of switchboard</a></p>|' "$out/page.part" >"$out/$page.html"
done
rm "$out/page.part"
cp manual.css "$out/"
awk -f index.awk subjects "$@" >"$out/index.html"
echo "$out/index.html"
