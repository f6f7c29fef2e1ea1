"""The mobile dialect: the first-party apps' words for the same tasks.

The package is empty until the dialect is built; it shares no serializer with another dialect.
"""
