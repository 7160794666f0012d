# fish completion for qmove(1)
complete -c qmove -l to -x -a '(__fish_complete_directories) (qstat --names 2>/dev/null)' -d 'to QUEUE, a directory or a name beside their own'
complete -c qmove -l dry-run -d 'say what would be done, and do nothing'
complete -c qmove -s 0 -l null -d 'end records with NUL, on input too'
complete -c qmove -l config -r -d 'read FILE instead of /etc/switchboard.toml'
complete -c qmove -s v -l verbose -d 'print each change of state on standard error'
complete -c qmove -s h -l help -d 'print this help and exit'
complete -c qmove -s V -l version -d 'print the version and exit'
