"""`setsquare openspec`: the commands of OpenSpec 1.13.2 with its flags, JSON shapes and exit codes; one file per command, loaded only when used."""
