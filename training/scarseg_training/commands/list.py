"""`scarseg-train list`: every recipe with its source, the data it needs and what it costs."""

from __future__ import annotations

import typer


def list_recipes() -> None:
    """Show the recipes: what they are, after whom, from which data, at what cost."""
    from scarseg_training.recipes import recipes

    for name, recipe in recipes().items():
        config = recipe()
        data = "your data" if config.needs_data else f"your data, or {config.phantoms}"
        summary = (recipe.__doc__ or "").splitlines()[0]
        typer.echo(f"{name}\n    {summary}\n    source: {config.source}; data: {data}; cost: {config.cost}")
