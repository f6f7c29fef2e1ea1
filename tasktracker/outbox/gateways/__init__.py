"""The doors of the outbox to the world.

Only what speaks to the network belongs here; the rules it obeys live in rules/.
"""
