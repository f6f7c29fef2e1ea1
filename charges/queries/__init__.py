"""What can be asked about money. Who may see what is decided here."""
