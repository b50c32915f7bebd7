"""Alembic: every change of a table, in order. `emma migrate` runs them."""
