#!/bin/sh
# The main job, step by step, on a queue of its own: a message is stored,
# claimed, lost in flight by a handler that is killed, restored, restored again,
# put aside at the third time, and brought back by a person. Each step is
# checked: the demo fails if a command does not do what it says.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
SWITCHBOARD_CONFIG=/dev/null
export SWITCHBOARD_CONFIG

say() { printf '\n%s\n' "$*"; }
run() {
	printf '  $ %s\n' "$*"
	"$@" | sed 's/^/  /'
}
show() {
	for f in in/* bad/*; do
		if [ -f "$f" ]; then echo "    $f"; fi
	done
}
must() {
	"$@" || {
		echo "demo: this should hold and does not: $*" >&2
		exit 1
	}
}
# die is a handler that a bad message kills every time.
die() {
	e=$(qdequeue in)
	echo "  \$ e=\$(qdequeue in) && qcat \"\$e\" | handler"
	qcat "$e" | sh -c 'cat >/dev/null; kill -9 $$' 2>/dev/null || :
	must [ -f "$e" ]
	show
}

cat >first.eml <<'MAIL'
From: Anne Person <anne@example.com>
To: staff@example.com
Subject: The roof leaks
Message-ID: <first@example.com>

There is water on the third floor.
MAIL
sed 's/roof leaks/lift is stuck/; s/first@/second@/; s/water on/nobody from/' first.eml >second.eml

say '1. Two messages are stored. A path is printed once its entry is on the disk.'
mkdir in
run qenqueue -l staff in first.eml second.eml
must [ "$(qstat --count ready in)" = 2 ]

say '2. The first one is claimed: .pck becomes .bak. Its handler is killed.'
die

say '3. Nothing is lost: qrestore makes it .pck again, and counts.'
run qrestore in
show
must [ "$(qstat --count inflight in)" = 0 ]

say '4. It kills its handler a second time, and is restored once more.'
die
run qrestore in

say '5. The third time it is put aside: no flood of mail, nothing lost.'
die
run qrestore in 2>/dev/null
show
aside=$(echo bad/*.psv)
must [ -f "$aside" ]

say '6. The other message was never held up.'
e=$(qdequeue in)
printf '  $ qcat -H %s\n' "$e"
qcat -H "$e" | sed 's/^/    /'
must [ "$(qcat "$e" | cksum)" = "$(cksum <second.eml)" ]
run qfinish "$e"
show

say '7. A person has looked at it, and brings it back. Its count starts again.'
run qrestore "$aside"
e=$(qdequeue in)
must [ "$(qcat "$e" | cksum)" = "$(cksum <first.eml)" ]
must qcat -m "$e" | grep -q '"_bak_count":0'
run qfinish "$e"
must [ "$(qstat --count ready in)" = 0 ]

say 'Every message was handled, byte for byte, and the queue is empty.'
