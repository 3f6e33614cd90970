"""`slicer.i18n` of the stand-in: the English text itself."""

from __future__ import annotations


def translate(context: str, text: str) -> str:  # noqa: ARG001
    """Return the text in the application's language."""
    return text


def tr(text: str) -> str:
    """Return the text in the application's language; the context is the calling file."""
    return text
