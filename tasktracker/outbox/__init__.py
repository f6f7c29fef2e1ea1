"""What leaves the building: deliveries, their attempts and the one way out.

What is sent, and to whom, belongs to the app that registers a handler.
"""
