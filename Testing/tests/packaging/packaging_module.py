"""A stand-in for ``slicer.packaging`` of Slicer 5.12 that installs nothing and remembers what was asked."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement


@dataclass(frozen=True)
class Asked:
    """One call of ``pip_ensure`` with something missing."""

    missing: tuple[str, ...]
    constraints: str
    requester: str | None


@dataclass
class FakePackaging:
    """What is installed, and what happens when more is asked for.

    Attributes:
        installed: Version by lower-case name.
        failure: Raised instead of installing.
        testing: As under ``--testing``: nothing is installed and nothing asked.
    """

    installed: dict[str, str]
    failure: Exception | None = None
    testing: bool = False
    asked: list[Asked] = field(default_factory=list)

    def module(self) -> types.ModuleType:
        module = types.ModuleType("slicer.packaging")
        module.pip_check, module.pip_ensure = self.pip_check, self.pip_ensure
        return module

    def pip_check(self, req: str | list[str]) -> bool:
        return not self._missing([req] if isinstance(req, str) else req)

    def pip_ensure(
        self,
        requirements: str | list[str],
        constraints: str | Path | None = None,
        skip_packages: list[str] | None = None,
        prompt_install: bool = True,
        prompt_restart: bool = True,
        requester: str | None = None,
        skip_in_testing: bool = True,
        show_progress: bool = True,
    ) -> list[str] | None:
        assert prompt_install, "the user agrees first"
        assert prompt_restart
        assert skip_in_testing
        assert show_progress
        assert skip_packages is None, "hides conflicts from pip"
        missing = self._missing(requirements)
        if not missing or self.testing:
            return None
        self.asked.append(Asked(tuple(missing), Path(constraints).read_text(encoding="utf-8"), requester))
        if self.failure is not None:
            raise self.failure
        self.installed |= {Requirement(text).name: "99" for text in missing}
        return None

    def _missing(self, requirements: list[str]) -> list[str]:
        return [text for text in requirements if not _is_satisfied(Requirement(text), self.installed)]


def _is_satisfied(requirement: Requirement, installed: Mapping[str, str]) -> bool:
    version = installed.get(requirement.name)
    return version is not None and version in requirement.specifier
