"""The calls of todo, one module per resource. What they say is in shapes."""
