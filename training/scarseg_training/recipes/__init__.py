"""Every run by name: a recipe is a function that returns a resolved config, its docstring says what it is.

Each module of this package has ``RECIPES``: name -> function. Importing loads no torch.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from scarseg_training.config import RunConfig
from ScarSegLogic.errors import ScarSegError

_MODULES = ("lv", "la", "curriculum", "progressive", "box_sam", "scarsegnet", "nnunet")

Recipe = Callable[[], RunConfig]


def recipes() -> dict[str, Recipe]:
    """All recipes by name."""
    return {
        name: recipe
        for module in _MODULES
        for name, recipe in import_module(f"scarseg_training.recipes.{module}").RECIPES.items()
    }


def recipe_named(name: str) -> RunConfig:
    """The config of a recipe.

    Raises:
        ScarSegError: There is none of this name; the known ones are listed.
    """
    known = recipes()
    if name not in known:
        raise ScarSegError(f"unknown recipe '{name}': expected one of {', '.join(known)}")
    return known[name]()
