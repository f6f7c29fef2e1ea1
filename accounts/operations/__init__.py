"""What can be done to accounts: each a verb, each one transaction."""
