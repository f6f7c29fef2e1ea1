"""One file per command: arguments in, one operation, one line of JSON out."""
