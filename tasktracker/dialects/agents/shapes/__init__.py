"""What agents says: readers of bodies and queries, writers of answers."""
