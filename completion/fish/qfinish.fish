# fish completion for qfinish(1)
complete -c qfinish -l preserve -d 'preserve them in the bad queue instead'
complete -c qfinish -l requeue -d 'make them ready again instead, uncounted'
complete -c qfinish -l bad -x -a '(__fish_complete_directories)' -d 'the bad queue is DIR'
complete -c qfinish -l dry-run -d 'say what would be done, and do nothing'
complete -c qfinish -s 0 -l null -d 'entries on standard input end with NUL'
complete -c qfinish -l config -r -d 'read FILE instead of /etc/switchboard.toml'
complete -c qfinish -s v -l verbose -d 'print each change of state on standard error'
complete -c qfinish -s h -l help -d 'print this help and exit'
complete -c qfinish -s V -l version -d 'print the version and exit'
complete -c qfinish -n 'string match -q "pg:*" -- (commandline -ct)' -f
