"""One configured and installed extension for all tests of the packaging, at paths with a space and an umlaut."""

from __future__ import annotations

from pathlib import Path

import pytest

from Testing.tests.packaging.configured import Configured, configure


@pytest.fixture(scope="session")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Configured:
    """The extension with all models and its tests."""
    return configure(tmp_path_factory.mktemp("packaging") / "build träe", "-DBUILD_TESTING=ON")


@pytest.fixture(scope="session")
def installed(configured: Configured, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the scripted modules of an installed extension."""
    return configured.install(tmp_path_factory.mktemp("packaging") / "Slicer Erweiterung ö")
