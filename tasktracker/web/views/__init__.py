"""The pages: each view checks a form, calls one operation, and redirects or shows."""
