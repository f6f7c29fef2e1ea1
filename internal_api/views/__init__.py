"""The calls of mobile: read, one operation, shape. What is refused, and why, is decided in the domain."""
