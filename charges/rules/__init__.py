"""Pure rules of money: values in, value out. No rows, no clock, no settings."""
