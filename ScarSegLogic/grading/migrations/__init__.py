"""Alembic's migrations of the grading database."""
