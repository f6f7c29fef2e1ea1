"""What happens to money: one function for each thing that can happen, and the sweeps of time."""
