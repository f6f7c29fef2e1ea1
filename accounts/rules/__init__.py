"""Pure rules of accounts: values in, value out."""
