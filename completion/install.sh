#!/bin/sh
# Installs the completions below the directory SHARE, under the names that the
# commands have with PREFIX. With -r it removes them.
# usage: install.sh [-r] SHARE PREFIX COMMAND...
set -eu
remove=
if [ "$1" = -r ]; then
	remove=yes
	shift
fi
share=$1 prefix=$2
shift 2
here=$(dirname "$0")
for command; do
	for target in \
		"bash-completion/completions/$prefix$command" \
		"zsh/site-functions/_$prefix$command" \
		"fish/vendor_completions.d/$prefix$command.fish"; do
		file=$share/$target
		if [ "$remove" ]; then
			rm -f "$file"
			continue
		fi
		mkdir -p "$(dirname "$file")"
		case $target in
		bash*) source=$here/bash/$command ;;
		zsh*) source=$here/zsh/_$command ;;
		*) source=$here/fish/$command.fish ;;
		esac
		# The name changes only where it means the command itself.
		sed "s/^#compdef $command\$/#compdef $prefix$command/
			s/(qstat --names/(${prefix}qstat --names/
			s/^complete -c $command /complete -c $prefix$command /
			s/^complete \(.*\) $command\$/complete \1 $prefix$command/" "$source" >"$file"
		chmod 644 "$file"
	done
done
