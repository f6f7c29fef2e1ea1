"""What can be asked about deliveries."""
