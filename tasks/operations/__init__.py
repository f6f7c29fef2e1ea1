"""What can be done with tasks: one function per change, each one transaction.

Reading for its own sake belongs in queries, arithmetic in rules.
"""
