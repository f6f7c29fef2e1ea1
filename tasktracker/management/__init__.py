"""Commands for operators. Only the command line belongs here."""
