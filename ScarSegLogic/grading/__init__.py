"""Difficulty grading: protocols, the append-only store, worklists, agreement of readers, tiers for training."""
