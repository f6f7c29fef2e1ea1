"""How tasks speak to the world outside: webhooks.

Rows and decisions do not belong here.
"""
