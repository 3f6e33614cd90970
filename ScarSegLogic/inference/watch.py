"""Who waits for a network: may stop it in the middle of a forward pass, and hears what it has to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Watch:
    """The two ears of whoever waits.

    Attributes:
        check: Called before every layer; raises what shall end the forward pass.
        say: Takes a sentence for the user, for example that the graphics memory was too small.
    """

    check: Callable[[], None]
    say: Callable[[str], None]


NOBODY = Watch(check=lambda: None, say=lambda _sentence: None)
_watch: ContextVar[Watch] = ContextVar("watch", default=NOBODY)


@contextmanager
def watched(check: Callable[[], None]) -> Iterator[None]:
    """Everything that networks compute within the block asks ``check``."""
    token = _watch.set(replace(_watch.get(), check=check))
    try:
        yield
    finally:
        _watch.reset(token)


@contextmanager
def heard() -> Iterator[list[str]]:
    """The list of what networks say within the block, each sentence once; who may stop them stays."""
    said: list[str] = []
    token = _watch.set(replace(_watch.get(), say=lambda text: None if text in said else said.append(text)))
    try:
        yield said
    finally:
        _watch.reset(token)


def say(sentence: str) -> None:
    """Tell the user."""
    _watch.get().say(sentence)


def interruptible(network: nn.Module) -> nn.Module:
    """The network itself, which from now on asks the watch before every layer: on a CPU every few milliseconds."""
    for layer in network.modules():
        layer.register_forward_pre_hook(lambda *_: _watch.get().check())
    return network
