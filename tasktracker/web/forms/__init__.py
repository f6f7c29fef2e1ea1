"""What people type in: forms validate, operations act. Nothing here reads or writes a row."""
