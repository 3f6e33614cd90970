"""Puts Resources into the wheel, where ``ScarSegLogic.resources`` finds it; all else stands in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

REPOSITORY = Path(__file__).resolve().parent


class BuildWithResources(build_py):
    """Copies the packages, then Resources into ScarSegLogic. An editable install reads Resources where it is."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "ScarSegLogic" / "Resources"
            shutil.rmtree(target, ignore_errors=True)  # of an earlier build: a model since removed must not come back
            shutil.copytree(REPOSITORY / "Resources", target)


setup(cmdclass={"build_py": BuildWithResources})
