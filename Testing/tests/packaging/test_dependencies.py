"""What a module asks to be installed, when, and what it says when that fails."""

from __future__ import annotations

import contextlib
import importlib.metadata
import subprocess
import sys
import tomllib
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from packaging.requirements import Requirement

pytest.importorskip("slicer", reason="needs slicer-core, Slicer's MRML as a wheel")

from ScarSegLogic.errors import ScarSegError
from Testing.tests.packaging.configured import REPOSITORY
from Testing.tests.packaging.module_parts import imported_part
from Testing.tests.packaging.packaging_module import FakePackaging

BUNDLED = {"numpy", "scipy", "simpleitk", "pydicom", "highdicom", "pillow", "requests", "packaging", "dcmqi"}
"""Slicer 5.12's own (SuperBuild/External_python-*.cmake), as far as anybody might ask for them."""
MODEL_PACKAGES = {"torch": "2.13.0+cpu", "monai": "1.6.1", "safetensors": "0.8.0"}
PLAIN_PACKAGES = {
    "scikit-image": "0.26.0",
    "connected-components-3d": "4.1.1",
    "matplotlib": "3.11.2",
    "jinja2": "3.1.6",
}
WAY_OUT = "choose a threshold method"


@pytest.fixture
def dependencies(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Any, FakePackaging]]]:
    """A function that imports ``ScarSegModuleLib.dependencies`` over a given set of installed packages."""
    with contextlib.ExitStack() as stack:

        def make(installed: dict[str, str], **options: Any) -> tuple[Any, FakePackaging]:
            fake = FakePackaging(dict(installed), **options)
            part = stack.enter_context(imported_part("dependencies", packaging=fake.module()))
            application = types.SimpleNamespace(testingEnabled=lambda: fake.testing)
            monkeypatch.setattr(part.slicer, "app", application, raising=False)
            monkeypatch.setattr(part.importlib.metadata, "version", _versions(fake.installed))
            return part, fake

        yield make


def test_a_threshold_method_asks_for_what_is_missing_and_not_for_torch(dependencies: Callable) -> None:
    part, fake = dependencies({"matplotlib": "3.11.2"})
    part.ensure_dependencies(with_model=False, without_torch=WAY_OUT)
    (asked,) = fake.asked
    assert {Requirement(text).name for text in asked.missing} == set(PLAIN_PACKAGES) - {"matplotlib"}
    assert asked.requester == "ScarSeg"


def test_nothing_is_asked_where_nothing_is_missing(dependencies: Callable) -> None:
    part, fake = dependencies(PLAIN_PACKAGES | MODEL_PACKAGES)
    part.ensure_dependencies(with_model=True, without_torch=WAY_OUT)
    assert fake.asked == []


def test_installed_packages_of_slicer_and_torch_keep_their_versions(dependencies: Callable) -> None:
    part, fake = dependencies(PLAIN_PACKAGES | {"torch": "2.13.0+cpu", "numpy": "2.4.6", "SimpleITK": "2.5.5"})
    part.ensure_dependencies(with_model=True, without_torch=WAY_OUT)
    (asked,) = fake.asked
    assert {Requirement(text).name for text in asked.missing} == {"monai", "safetensors"}
    assert set(asked.constraints.split()) == {"torch==2.13.0+cpu", "numpy==2.4.6", "SimpleITK==2.5.5"}


def test_no_package_that_slicer_brings_along_nor_torch_is_ever_asked_for(dependencies: Callable) -> None:
    part, _ = dependencies({})
    names = {Requirement(text).name.lower() for text in (*part.REQUIREMENTS, *part.MODEL_REQUIREMENTS)}
    assert names & (BUNDLED | {"torch", "torchvision"}) == set()


def test_the_ranges_are_those_of_the_distribution(dependencies: Callable) -> None:
    part, _ = dependencies({})
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ranges = {
        requirement.name: str(requirement.specifier)
        for requirement in map(Requirement, [*project["dependencies"], *project["optional-dependencies"]["model"]])
    }
    asked = [*part.REQUIREMENTS, *part.MODEL_REQUIREMENTS, "torch" + part.TORCH_RANGE]
    assert [text for text in asked if ranges[Requirement(text).name] != str(Requirement(text).specifier)] == []


def test_declining_is_told_in_a_sentence(dependencies: Callable) -> None:
    part, _ = dependencies({}, failure=RuntimeError("User declined package installation"))
    with pytest.raises(ScarSegError, match="press Apply again and agree to install them"):
        part.ensure_dependencies(with_model=False, without_torch=WAY_OUT)


def test_a_failed_installation_is_told_in_a_sentence(dependencies: Callable) -> None:
    part, _ = dependencies({}, failure=subprocess.CalledProcessError(1, ["pip"]))
    with pytest.raises(ScarSegError, match=r"could not be installed .*check the network"):
        part.ensure_dependencies(with_model=False, without_torch=WAY_OUT)


def test_a_model_without_the_pytorch_extension_says_what_to_do(dependencies: Callable) -> None:
    part, fake = dependencies(PLAIN_PACKAGES)
    with pytest.raises(ScarSegError, match=r"install the extension 'PyTorch'.* or choose a threshold method"):
        part.ensure_dependencies(with_model=True, without_torch=WAY_OUT)
    assert fake.asked == []


def test_the_pytorch_extension_installs_torch_after_it_asked(
    dependencies: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, fake = dependencies(PLAIN_PACKAGES)
    calls = _pytorch_extension(monkeypatch, lambda: fake.installed.update(torch="2.13.0") or types.ModuleType("torch"))
    part.ensure_dependencies(with_model=True, without_torch=WAY_OUT)
    assert calls == [{"askConfirmation": True, "torchVersionRequirement": ">=2.6"}]
    assert "torch==2.13.0" in fake.asked[0].constraints


def test_declining_torch_installs_nothing_else(dependencies: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    part, fake = dependencies(PLAIN_PACKAGES)
    _pytorch_extension(monkeypatch, lambda: None)
    with pytest.raises(ScarSegError, match="PyTorch, which was not installed"):
        part.ensure_dependencies(with_model=True, without_torch=WAY_OUT)
    assert fake.asked == []


def test_a_failed_installation_of_torch_is_told(dependencies: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise subprocess.CalledProcessError(1, ["ltt"])

    part, _ = dependencies(PLAIN_PACKAGES)
    _pytorch_extension(monkeypatch, fail)
    with pytest.raises(ScarSegError, match=r"PyTorch could not be installed .*PyTorch Utils"):
        part.ensure_dependencies(with_model=True, without_torch=WAY_OUT)


def test_a_torch_too_old_is_not_replaced_behind_the_users_back(
    dependencies: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, _ = dependencies(PLAIN_PACKAGES | {"torch": "2.1.0"})
    calls = _pytorch_extension(monkeypatch, lambda: types.ModuleType("torch"))
    with pytest.raises(ScarSegError, match=r"PyTorch 2\.1\.0 is too old .*>=2\.6 is needed"):
        part.ensure_dependencies(with_model=True, without_torch=WAY_OUT)
    assert calls == []


def test_under_testing_nothing_is_installed_and_nothing_asked(
    dependencies: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, fake = dependencies({}, testing=True)
    calls = _pytorch_extension(monkeypatch, lambda: types.ModuleType("torch"))
    part.ensure_dependencies(with_model=True, without_torch=WAY_OUT)
    assert (fake.asked, calls) == ([], [])


def test_what_a_model_lacks_is_said_for_tests_that_skip(dependencies: Callable) -> None:
    part, fake = dependencies(PLAIN_PACKAGES)
    assert part.missing_for_model() == "PyTorch >=2.6 is not installed"
    fake.installed |= {"torch": "2.13.0", "monai": "1.6.1"}
    assert part.missing_for_model() == "not installed: safetensors>=0.5"
    fake.installed |= MODEL_PACKAGES
    assert part.missing_for_model() is None


def test_asking_for_dependencies_loads_no_torch() -> None:
    code = (
        "import sys\n"
        "from Testing.tests.packaging.module_parts import imported_part\n"
        "from Testing.tests.packaging.packaging_module import FakePackaging\n"
        "fake = FakePackaging({'torch': '2.13.0', 'monai': '1.6.1'})\n"
        "import slicer, types\n"
        "slicer.app = types.SimpleNamespace(testingEnabled=lambda: False)\n"
        "with imported_part('dependencies', packaging=fake.module()) as part:\n"
        "    part.ensure_dependencies(with_model=True, without_torch='choose a threshold method')\n"
        "print(sorted({'torch', 'monai', 'transformers', 'skimage'} & set(sys.modules)))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout
    assert answer.strip() == "[]"


def _versions(installed: dict[str, str]) -> Callable[[str], str]:
    def version(name: str) -> str:
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    return version


def _pytorch_extension(monkeypatch: pytest.MonkeyPatch, install: Callable[[], Any]) -> list[dict[str, Any]]:
    """Stand in for the PyTorch extension's module, with the signature of its logic; returns the recorded calls."""
    calls: list[dict[str, Any]] = []

    class PyTorchUtilsLogic:
        def installTorch(  # noqa: N802
            self,
            askConfirmation: bool = False,  # noqa: N803
            forceComputationBackend: str | None = None,  # noqa: N803
            torchVersionRequirement: str | None = None,  # noqa: N803
            torchvisionVersionRequirement: str | None = None,  # noqa: N803
        ) -> Any:
            assert forceComputationBackend is None
            assert torchvisionVersionRequirement is None
            calls.append({"askConfirmation": askConfirmation, "torchVersionRequirement": torchVersionRequirement})
            return install()

    module = types.ModuleType("PyTorchUtils")
    module.PyTorchUtilsLogic = PyTorchUtilsLogic
    monkeypatch.setitem(sys.modules, "PyTorchUtils", module)
    return calls
