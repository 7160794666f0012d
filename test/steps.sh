# What the demos share. Each of their steps is shown, run and checked: a demo fails if a
# command does not do what it says.
# shellcheck shell=sh

# If the commands are installed with a PROGRAM_PREFIX, set the same value in the
# environment.
if [ -n "${PROGRAM_PREFIX:-}" ]; then
	for command in qcat qdeliver qdequeue qdiscard qenqueue qfinish qmove qrestore qrun qstat; do
		eval "$command() { \"\${PROGRAM_PREFIX}$command\" \"\$@\"; }"
	done
fi

say() { printf '\n%s\n\n' "$*"; }
# wrong ends the demo.
wrong() {
	echo "demo: $*" >&2
	exit 1
}
# must checks a condition.
must() { "$@" || wrong "this is not true, but should be: $*"; }
# run shows a command, runs it, and shows what it prints.
run() {
	printf '  $ %s\n' "$*"
	"$@" >said 2>&1 || {
		cat said >&2
		wrong "this failed, but should succeed: $*"
	}
	sed 's/^/  /' said
}
# same compares an entry's message with a file.
same() { [ "$(qcat "$1" | cksum)" = "$(cksum <"$2")" ]; }
