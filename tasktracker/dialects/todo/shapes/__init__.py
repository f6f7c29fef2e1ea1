"""The bodies of todo: what comes in, checked; what goes out, by hand."""
