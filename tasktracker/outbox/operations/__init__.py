"""What can be done with deliveries: queue, claim, send, settle, replay."""
