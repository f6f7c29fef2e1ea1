"""What mobile reads and what it shows, one module for each kind of thing."""
