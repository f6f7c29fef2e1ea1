"""Todo: `/api/v1/user/*`, `/api/v1/auth-check` and `/api/v2/*` for to-do apps in browsers and on phones.

Source: seed 3; facts and rulings in docs/dialects/todo.md.
"""
