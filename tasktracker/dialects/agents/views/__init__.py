"""The calls of agents, one module for each kind of thing."""
