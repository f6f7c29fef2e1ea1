"""What progress reads and writes: tasks, actions and pages of them."""
