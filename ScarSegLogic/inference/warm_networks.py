"""Networks kept in memory for the next study, up to a limit in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


class WarmNetworks:
    """A cache that forgets what was not used for longest as soon as the weights together exceed its limit."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._networks: OrderedDict[Hashable, nn.Module] = OrderedDict()

    def get(self, key: Hashable, load: Callable[[], nn.Module]) -> nn.Module:
        """The network of a key, loaded where it is not warm. One larger than the limit is not kept."""
        if key in self._networks:
            self._networks.move_to_end(key)
            return self._networks[key]
        network = load()
        self._networks[key] = network
        while self.held_bytes > self.limit_bytes:
            self._networks.popitem(last=False)
        return network

    @property
    def held_bytes(self) -> int:
        """Weights and buffers of all warm networks."""
        return sum(weight_bytes(network) for network in self._networks.values())

    def release_devices(self) -> None:
        """Forget the networks that lie on a device other than the CPU."""
        for key, network in list(self._networks.items()):
            if any(tensor.device.type != "cpu" for tensor in network.state_dict().values()):
                del self._networks[key]


def weight_bytes(network: nn.Module) -> int:
    """Bytes of a network's weights and buffers."""
    return sum(tensor.numel() * tensor.element_size() for tensor in network.state_dict().values())
