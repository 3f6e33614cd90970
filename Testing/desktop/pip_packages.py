"""`slicer.packaging` of the stand-in: checks what is installed; installing is refused.

Signatures as in Slicer 5.12.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import slicer
from packaging.requirements import Requirement

Requirements = str | Requirement | list[str | Requirement]


def load_requirements(path: str | Path) -> list[Requirement]:
    """Read a requirements file; blank lines, comments and options are left out."""
    lines = (line.split(" #")[0].strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def pip_check(req: Requirements, _seen: set[tuple[str, frozenset[str]]] | None = None) -> bool:
    """Say whether every requirement is installed in a fitting version."""
    return not [one for one in _requirements(req) if not _is_satisfied(one)]


def pip_ensure(
    requirements: Requirements,
    constraints: str | Path | None = None,
    skip_packages: list[str] | None = None,
    prompt_install: bool = True,
    prompt_restart: bool = True,  # noqa: ARG001
    requester: str | None = None,
    skip_in_testing: bool = True,
    show_progress: bool = True,
) -> list[str] | None:
    """Install what is missing, after the user agreed.

    Raises:
        RuntimeError: the user declined.
    """
    missing = [one for one in _requirements(requirements) if not _is_satisfied(one)]
    if not missing:
        return None
    if skip_in_testing and slicer.app.testingEnabled():
        logging.info("Testing mode is enabled: skipping pip_ensure for %s", missing)
        return None
    if prompt_install:
        names = "\n".join(f"- {one}" for one in missing)
        title = f"{requester} - Install Python Packages" if requester else "Install Python Packages"
        question = f"{len(missing)} Python package(s) need to be installed:\n{names}\n\nContinue?"
        if not slicer.util.confirmOkCancelDisplay(question, title):
            raise RuntimeError("User declined package installation")
    return pip_install([str(one) for one in missing], constraints, None, skip_packages, True, show_progress, requester)


def pip_install(
    requirements: str | list[str],
    constraints: str | Path | None = None,
    no_deps_requirements: str | list[str] | None = None,
    skip_packages: list[str] | None = None,
    blocking: bool = True,
    show_progress: bool = True,
    requester: str | None = None,
    logCallback: Callable[[str], None] | None = None,  # noqa: N803
    completedCallback: Callable[[int], None] | None = None,  # noqa: N803
) -> list[str] | None:
    """Refuse: the stand-in never changes the environment that it runs in.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(f"The desktop stand-in installs nothing; it was asked for {requirements}.")


def _requirements(requirements: Requirements) -> list[Requirement]:
    if isinstance(requirements, str):
        return [Requirement(word) for word in requirements.split()]
    if isinstance(requirements, Requirement):
        return [requirements]
    return [Requirement(one) if isinstance(one, str) else one for one in requirements]


def _is_satisfied(requirement: Requirement) -> bool:
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    try:
        return requirement.specifier.contains(version(requirement.name), prereleases=True)
    except PackageNotFoundError:
        return False
