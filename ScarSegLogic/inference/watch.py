"""Who waits for a network: may stop it in the middle of a forward pass, and hears what it has to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
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
def watched(check: Callable[[], None]) -> Iterator[list[str]]:
    """Everything that networks compute within the block asks ``check``; yields the list of what they say."""
    said: list[str] = []
    token = _watch.set(Watch(check, lambda sentence: None if sentence in said else said.append(sentence)))
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
