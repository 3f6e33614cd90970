"""Losses: pure functions of logits and soft targets, one family a file."""
