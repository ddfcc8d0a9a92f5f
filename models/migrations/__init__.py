"""Alembic's entry and the script template."""
