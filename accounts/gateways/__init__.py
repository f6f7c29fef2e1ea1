"""How accounts speak to the world outside: the store of files.

Rows and decisions do not belong here.
"""
