# fish completion for switchboard-pg(8)
complete -c switchboard-pg -n __fish_use_subcommand -x -a init -d 'make or upgrade the schema'
complete -c switchboard-pg -n __fish_use_subcommand -x -a check -d 'say whether the server keeps the promises'
complete -c switchboard-pg -n '__fish_seen_subcommand_from check' -l json -d 'print one line of JSON'
complete -c switchboard-pg -l config -r -d 'read FILE instead of /etc/switchboard.toml'
complete -c switchboard-pg -s v -l verbose -d 'print each change of state on standard error'
complete -c switchboard-pg -s h -l help -d 'print this help and exit'
complete -c switchboard-pg -s V -l version -d 'print the version and exit'
