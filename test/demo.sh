#!/bin/sh
# Shows the main job, step by step, on a queue of its own. Two messages are stored.
# One kills its handler; it is restored twice, preserved the third time, and then
# released by a person. The last step shows who would get the mail of an out queue. Each
# step is checked: the demo fails if a command does not do what it says.
set -eu

# shellcheck source=/dev/null
. "$(dirname "$0")/steps.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
SWITCHBOARD_CONFIG=/dev/null
export SWITCHBOARD_CONFIG

# show shows the queue, and how often each entry has been restored.
show() {
	echo
	echo '    the directory now:'
	for f in in/* bad/*; do
		[ -f "$f" ] || continue
		count=$(restores "$f")
		printf '      %s%s\n' "$f" "${count:+   restored: $count}"
	done
}
restores() { qcat -m "$1" | sed -n 's/.*"_bak_count":\([0-9]*\).*/\1/p'; }
# die claims an entry and starts a handler, which the message kills.
die() {
	# shellcheck disable=SC2016 # the command is shown, not run
	printf '  $ e=$(qdequeue in) && qcat "$e" >msg && handler <msg && qfinish "$e"\n'
	e=$(qdequeue in)
	must [ "$e" = "in/$first.bak" ]
	must [ -f "$e" ]
	must [ ! -e "in/$first.pck" ]
	status=0
	{ qcat "$e" >msg && sh -c 'cat >/dev/null; kill -9 $$' <msg && qfinish "$e"; } 2>/dev/null || status=$?
	must [ "$status" = 137 ]
	echo '  Killed'
	must [ -f "$e" ]
}

cat >first.eml <<'MAIL'
From: Anne Person <anne@example.com>
To: staff@example.com
Subject: The roof leaks
Message-ID: <first@example.com>

There is water on the third floor.
MAIL
sed 's/roof leaks/lift is stuck/; s/first@/second@/; s/water on/nobody on/' first.eml >second.eml

say '1. Two messages are stored. qenqueue prints a path once its entry is on the disk.'
mkdir in
run qenqueue -l staff in first.eml second.eml
first=$(sed -n 1p said) first=${first#in/} first=${first%.pck}
second=$(sed -n 2p said) second=${second#in/} second=${second%.pck}
must [ -f "in/$first.pck" ]
must [ -f "in/$second.pck" ]
must same "in/$first.pck" first.eml

say '2. The older one is claimed: .pck becomes .bak. Its handler is killed with kill -9.'
die
show

say '3. Nothing is lost: qrestore makes it .pck again, and counts the restore.'
run qrestore in
must [ "$(restores "in/$first.pck")" = 1 ]
show

say '4. It kills its handler a second time, and is restored once more.'
die
run qrestore in
must [ "$(restores "in/$first.pck")" = 2 ]
show

say '5. The third time it is preserved in the bad queue, where it holds up nothing.'
die
run qrestore in
must [ -f "bad/$first.psv" ]
must [ ! -e "in/$first.pck" ]
must [ ! -e "in/$first.bak" ]
show

say '6. The other message is next. Its handler succeeds.'
e=$(qdequeue in)
must [ "$e" = "in/$second.bak" ]
must same "$e" second.eml
run qcat -H "$e"
run qfinish "$e"
must [ ! -e "$e" ]
show

say '7. A person has looked at the preserved message, and releases it. Its count is 0 again.'
must same "bad/$first.psv" first.eml
run qrestore "bad/$first.psv"
must [ -f "in/$first.pck" ]
must [ ! -e "bad/$first.psv" ]
must [ "$(restores "in/$first.pck")" = 0 ]
show

say '8. This time its handler succeeds.'
e=$(qdequeue in)
must same "$e" first.eml
run qfinish "$e"
must [ "$(qstat --count ready in)" = 0 ]
must [ "$(qstat --count inflight in)" = 0 ]

say '9. Mail in an out queue: who would get it, and from whom. qdeliver would send it.'
mkdir out
recipients='recips:=["bart@example.net","cris@example.org"]'
echo "  \$ qenqueue -l staff -m '$recipients' out second.eml"
must qenqueue -l staff -m "$recipients" out second.eml >said
sed 's/^/  /' said
run qdeliver --dry-run --domain example.com out
must [ "$(cut -f 2,3 said)" = "$(printf 'staff-bounces@example.com\tbart@example.net\nstaff-bounces@example.com\tcris@example.org')" ]
must [ "$(qstat --count ready out)" = 1 ]

say 'Both messages of the first queue were handled, byte for byte as they were stored, and it is empty.'
