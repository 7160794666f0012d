# fish completion for qcat(1)
complete -c qcat -s H -l header -d 'only the header of the message'
complete -c qcat -s m -l metadata -d 'the metadata as JSON, one object per line'
complete -c qcat -l json -d 'message and metadata as JSON, one object per line'
complete -c qcat -l mbox -d 'the messages as a mailbox (mboxrd)'
complete -c qcat -l maildir -r -d 'deliver the messages to Maildir DIR, print paths'
complete -c qcat -l raw -d 'the two pickles, disassembled'
complete -c qcat -s 0 -l null -d 'end JSON, printed paths, and entries read, with NUL'
complete -c qcat -l config -r -d 'read FILE instead of /etc/switchboard.toml'
complete -c qcat -s v -l verbose -d 'print each change of state on standard error'
complete -c qcat -s h -l help -d 'print this help and exit'
complete -c qcat -s V -l version -d 'print the version and exit'
complete -c qcat -n 'string match -q "pg:*" -- (commandline -ct)' -f
