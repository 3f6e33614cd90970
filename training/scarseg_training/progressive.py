"""Progressive training [S1] (SCIENCE.md section 2): what a stage inherits, what learns slowly and what not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from scarseg_training.config import StageConfig
from ScarSegLogic.errors import ScarSegError


@dataclass(frozen=True)
class ProgressiveTraining:
    """How a stage treats the parameters of its network; all names are prefixes of parameter names.

    Attributes:
        inherits: Prefix in this network -> prefix in the earlier one; the empty prefix is everything.
        learning_rate_scale: Factor by prefix; the longest prefix that fits counts, none is 1.
        frozen: Neither learnt nor, as statistics of a normalisation, updated.
    """

    inherits: Mapping[str, str] = field(default_factory=lambda: {"": ""})
    learning_rate_scale: Mapping[str, float] = field(default_factory=dict)
    frozen: tuple[str, ...] = ()

    @classmethod
    def of(cls, stage: StageConfig) -> ProgressiveTraining:
        """The treatment that a stage's config asks for."""
        return cls(stage.inherits, stage.learning_rate_scale, stage.frozen)

    def inherited(self, own: Mapping[str, Tensor], earlier: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The state of a network after inheriting: the earlier one's tensors where a prefix says so, else its own.

        Raises:
            ScarSegError: A prefix matches nothing, or an inherited tensor is missing there or of another shape.
        """
        state = dict(own)
        for prefix, earlier_prefix in self.inherits.items():
            names = [name for name in own if name.startswith(prefix)]
            if not names:
                raise ScarSegError(f"'{prefix}' is to be inherited, but no parameter of the network begins so")
            for name in names:
                source = earlier_prefix + name.removeprefix(prefix)
                if source not in earlier or earlier[source].shape != own[name].shape:
                    found = f"of shape {tuple(earlier[source].shape)}" if source in earlier else "missing"
                    raise ScarSegError(
                        f"{name} of shape {tuple(own[name].shape)} cannot be inherited: {source} of the earlier stage "
                        f"is {found}; give both stages the same network options or inherit by other prefixes"
                    )
                state[name] = earlier[source]
        return state

    def parameter_groups(self, network: nn.Module, learning_rate: float) -> list[dict[str, Any]]:
        """Freeze what is frozen; the other parameters in groups of one learning rate each.

        Raises:
            ScarSegError: A prefix matches no parameter, or everything is frozen.
        """
        named = dict(network.named_parameters())
        for prefix in [*self.frozen, *self.learning_rate_scale]:
            if not any(name.startswith(prefix) for name in named):
                raise ScarSegError(
                    f"no parameter begins with '{prefix}', which is to be frozen or slowed: the network's parts are "
                    f"{', '.join(sorted({name.split('.')[0] for name in named}))}"
                )
        groups: dict[float, list[nn.Parameter]] = {}
        for name, parameter in named.items():
            parameter.requires_grad_(not self._is_frozen(name))
            if parameter.requires_grad:
                groups.setdefault(self._scale_of(name), []).append(parameter)
        if not groups:
            raise ScarSegError(f"every parameter is frozen by {', '.join(self.frozen)}: nothing is left to learn")
        return [{"params": group, "lr": learning_rate * scale} for scale, group in groups.items()]

    def train_mode(self, network: nn.Module) -> None:
        """Training mode, but frozen parts in evaluation mode, so that their statistics stay."""
        network.train()
        for name, module in network.named_modules():
            if name and self._is_frozen(f"{name}."):
                module.eval()

    def _is_frozen(self, name: str) -> bool:
        return name.startswith(self.frozen) if self.frozen else False

    def _scale_of(self, name: str) -> float:
        fitting = [prefix for prefix in self.learning_rate_scale if name.startswith(prefix)]
        return self.learning_rate_scale[max(fitting, key=len)] if fitting else 1.0
