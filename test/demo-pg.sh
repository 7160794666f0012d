#!/bin/sh
# Shows queues in PostgreSQL, step by step. It starts a server of its own from Debian's
# package, in a temporary directory. Two workers handle one queue; one of them is killed,
# and its message is restored. Each step is checked: the demo fails if a command does not
# do what it says.
set -eu

# shellcheck source=/dev/null
. "$(dirname "$0")/steps.sh"

# PostgreSQL refuses root, so root runs the server as another user.
as=
if [ "$(id -u)" = 0 ]; then
	user=postgres
	id "$user" >/dev/null 2>&1 || user=nobody
	as="setpriv --reuid=$user --regid=$(id -g "$user") --clear-groups"
fi
programs=
for found in "$(dirname "$(command -v initdb || echo /nosuch/initdb)")" /usr/lib/postgresql/*/bin; do
	[ ! -x "$found/initdb" ] || programs=$found
done
[ "$programs" ] || wrong 'PostgreSQL is not installed: apt-get install postgresql'

work=$(mktemp -d)
worker='' victim=''
finish() {
	trap '' HUP INT TERM
	[ ! "$victim" ] || kill -9 "-$victim" 2>/dev/null || :
	[ ! "$worker" ] || kill "$worker" 2>/dev/null || :
	[ ! -e "$work/db/data/postmaster.pid" ] || $as "$programs/pg_ctl" -D "$work/db/data" -m immediate stop >/dev/null 2>&1 || :
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
# Only the server's user and root can enter db, so nobody else reaches the server.
mkdir -m 700 db
if [ "$as" ]; then
	chown "$user" db
	chmod 711 .
fi

cat >switchboard.toml <<TOML
[pg]
dsn = "host=$work/db user=postgres dbname=postgres"
lease = "10s"
TOML
SWITCHBOARD_CONFIG=$work/switchboard.toml
export SWITCHBOARD_CONFIG
unset SWITCHBOARD_PG

# becomes waits for a condition, for half a minute.
becomes() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || wrong "this did not become true: $*"
		sleep 0.1
	done
}
# has compares the number of entries in a state.
has() { [ "$(qstat --count "$1" "$2")" = "$3" ]; }
# handled is how many messages the workers have handled.
handled() { [ "$(find handled -type f | wc -l)" -eq "$1" ]; }

say '1. A private PostgreSQL starts, and gets the schema. check says that it keeps the promises.'
$as "$programs/initdb" -D db/data -U postgres -A trust -N >said 2>&1 || wrong "$(cat said)"
$as "$programs/pg_ctl" -D db/data -o "-k $work/db -c listen_addresses=" -l db/log -w start >said 2>&1 || wrong "$(cat said db/log)"
run switchboard-pg init
run switchboard-pg check

say '2. Ten messages are stored. A path is printed once its entry is durable.'
mkdir mail handled
for n in 0 1 2 3 4 5 6 7 8 9; do
	printf 'From: anne@example.com\nTo: staff@example.com\nSubject: Message %s\nMessage-ID: <%s@example.com>\n\nNumber %s.\n' $n $n $n >mail/$n.eml
done
run qenqueue -l staff pg:in mail/0.eml
first=$(cat said)
qenqueue -l staff pg:in mail/[1-9].eml >said
sed 's/^/  /' said
must [ "$(wc -l <said)" -eq 9 ]
must has ready pg:in 10
must same "$first" mail/0.eml

say '3. Two workers begin. The handler of the first one hangs with the oldest message.'
cat >hang <<'SH'
#!/bin/sh
cat >hanging
exec sleep 1000
SH
cat >handler <<'SH'
#!/bin/sh
cat >msg.$$ && mv msg.$$ handled/$$
SH
chmod +x hang handler
echo '  $ qrun -w pg:in ./hang &'
# A process group of its own, so that one kill ends the worker and its handler, as if the
# machine had died.
setsid qrun -w pg:in ./hang 2>hung &
victim=$!
becomes test -s hanging
becomes cmp -s hanging mail/0.eml
echo '  $ qrun -v -w pg:in ./handler &'
qrun -v -w pg:in ./handler 2>errors &
worker=$!
# The first one may have claimed the next message ahead.
becomes has ready pg:in 0
all_but_held() { held=$(qstat --count inflight pg:in) && handled $((10 - held)); }
becomes all_but_held
must [ "$held" -ge 1 ]
must [ "$held" -le 2 ]
run qstat -l --state inflight pg:in

say '4. The first worker is killed with kill -9. Its claims have a lease of 10 seconds, until which nobody restores them.'
echo "  \$ kill -9 $victim"
kill -9 "-$victim"
wait "$victim" 2>/dev/null || :
victim=
echo '  $ qrestore pg:in'
status=0
qrestore pg:in >said 2>&1 || status=$?
sed 's/^/  /' said
must [ "$status" = 75 ]
must has inflight pg:in "$held"
must all_but_held

say '5. When the lease has ended, the second worker restores the rest, and handles it.'
becomes handled 10
becomes has inflight pg:in 0
must has ready pg:in 0
must grep restored errors >said
sed 's/^/  /' said
kill "$worker"
wait "$worker" || wrong "the worker failed: $(cat errors)"
worker=

say '6. All ten were handled, byte for byte as they were stored.'
for f in mail/*; do cksum <"$f"; done | sort >sums.mail
for f in handled/*; do cksum <"$f"; done | sort >sums.handled
must cmp sums.mail sums.handled

say '7. A claim has a number. One that was restored and claimed again cannot be finished by its old owner.'
run qenqueue -l staff pg:in mail/0.eml
old=$(qdequeue pg:in)
echo "  \$ old=\$(qdequeue pg:in); echo \"\$old\"
  $old"
run qrestore pg:in
new=$(qdequeue pg:in)
echo "  \$ new=\$(qdequeue pg:in); echo \"\$new\"
  $new"
must [ "$old" != "$new" ]
echo "  \$ qfinish \"\$old\""
status=0
qfinish "$old" 2>said || status=$?
sed 's/^/  /' said
must [ "$status" = 1 ]
must has inflight pg:in 1
run qfinish "$new"
must has inflight pg:in 0

say '8. A queue of files goes to PostgreSQL and comes back, as the same messages under the same names.'
mkdir out back
qenqueue -l staff out mail/*.eml >/dev/null
find out -name '*.pck' -exec basename {} \; | sort >names
run qmove -a --to pg:out out
must has ready pg:out 10
must has ready out 0
run qmove -a --to back pg:out
must has ready pg:out 0
find back -name '*.pck' -exec basename {} \; | sort | cmp - names || wrong 'the names differ'
for f in mail/*; do
	found=
	for e in back/*.pck; do
		if same "$e" "$f"; then found=yes; fi
	done
	must [ "$found" ]
done

say 'Nothing is lost: ten messages went through PostgreSQL twice, with a worker killed on the way.'
