"""What can be asked about accounts. Foreign things are not found."""
