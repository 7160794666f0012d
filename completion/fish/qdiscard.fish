# fish completion for qdiscard(1)
complete -c qdiscard -l dry-run -d 'say what would be done, and do nothing'
complete -c qdiscard -s 0 -l null -d 'entries on standard input end with NUL'
complete -c qdiscard -l config -r -d 'read FILE instead of /etc/switchboard.toml'
complete -c qdiscard -s v -l verbose -d 'print each change of state on standard error'
complete -c qdiscard -s h -l help -d 'print this help and exit'
complete -c qdiscard -s V -l version -d 'print the version and exit'
