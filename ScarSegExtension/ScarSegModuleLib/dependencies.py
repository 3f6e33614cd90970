"""The Python packages that Slicer lacks, asked for at the first Apply and never before.

Packages that Slicer brings along are not asked for and not changed; PyTorch comes through the PyTorch extension, which
picks the build that fits the graphics card. Nothing here imports torch: its version is read from its metadata.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import slicer.packaging
from ScarSegLogic.errors import ScarSegError
from slicer.i18n import tr as _

REQUESTER = "ScarSeg"

REQUIREMENTS = ("scikit-image>=0.24", "connected-components-3d>=3.20", "matplotlib>=3.9", "jinja2>=3.1")
"""What every method needs and Slicer 5.12 does not bring along."""
MODEL_REQUIREMENTS = ("safetensors>=0.5", "monai>=1.5")
"""What a network needs besides."""
TORCH_RANGE = ">=2.6"

KEPT = ("numpy", "scipy", "SimpleITK", "pydicom", "highdicom", "pillow", "packaging", "torch", "torchvision")
"""Stay at the version that is installed, whatever a dependency of a dependency would like."""


def ensure_dependencies(*, with_model: bool, without_torch: str) -> None:
    """Install what is missing, after the user agrees; to be called on the UI thread before a job is submitted.

    Does nothing where nothing is missing. While Slicer runs with ``--testing`` nothing is installed and nothing asked.

    Args:
        with_model: Whether the job runs a network.
        without_torch: What the user can do without PyTorch, for example "choose a threshold method".

    Raises:
        ScarSegError: The user declined, PyTorch is missing and cannot be installed here, or the installation failed.
    """
    if with_model:
        _ensure_torch(without_torch)
    requirements = [*REQUIREMENTS, *(MODEL_REQUIREMENTS if with_model else ())]
    if slicer.packaging.pip_check(requirements):
        return
    try:
        with _constraints() as constraints:
            slicer.packaging.pip_ensure(requirements, constraints=constraints, requester=REQUESTER)
    except RuntimeError:
        raise ScarSegError(
            _("ScarSeg needs Python packages that were not installed: press Apply again and agree to install them")
        ) from None
    except subprocess.CalledProcessError as error:
        raise ScarSegError(
            _(
                "the Python packages that ScarSeg needs could not be installed ({error}): check the network, look into "
                "Slicer's log for the reason, and press Apply again"
            ).format(error=error)
        ) from error
    importlib.invalidate_caches()


def missing_for_model() -> str | None:
    """Why no network can run now, in one sentence; None where one can. Installs and imports nothing."""
    if not slicer.packaging.pip_check("torch" + TORCH_RANGE):
        return _("PyTorch {range} is not installed").format(range=TORCH_RANGE)
    return _missing_of((*REQUIREMENTS, *MODEL_REQUIREMENTS))


def missing_for_methods() -> str | None:
    """Why not even a threshold method can run now, in one sentence; None where one can. Installs nothing."""
    return _missing_of(REQUIREMENTS)


def _missing_of(requirements: tuple[str, ...]) -> str | None:
    missing = [text for text in requirements if not slicer.packaging.pip_check(text)]
    return _("not installed: {packages}").format(packages=", ".join(missing)) if missing else None


def _ensure_torch(without_torch: str) -> None:
    """Have the PyTorch extension install PyTorch; it asks the user itself.

    Raises:
        ScarSegError: The extension is missing, PyTorch is too old, or it was not installed.
    """
    if slicer.packaging.pip_check("torch" + TORCH_RANGE) or slicer.app.testingEnabled():
        return
    try:
        found = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        found = None
    if found is not None:
        raise ScarSegError(
            _(
                "PyTorch {found} is too old for the models, {range} is needed: open the module PyTorch Utils, uninstall "
                "PyTorch, restart Slicer, and press Apply again; or {without_torch}"
            ).format(found=found, range=TORCH_RANGE, without_torch=without_torch)
        )
    try:
        import PyTorchUtils
    except ImportError:
        raise ScarSegError(
            _(
                "the models need PyTorch: install the extension 'PyTorch' in the Extensions Manager and restart Slicer; "
                "or {without_torch}, which needs no PyTorch"
            ).format(without_torch=without_torch)
        ) from None
    try:
        torch = PyTorchUtils.PyTorchUtilsLogic().installTorch(askConfirmation=True, torchVersionRequirement=TORCH_RANGE)
    except (subprocess.CalledProcessError, ImportError) as error:
        raise ScarSegError(
            _(
                "PyTorch could not be installed ({error}): check the network, look into Slicer's log for the reason, "
                "and try again in the module PyTorch Utils"
            ).format(error=error)
        ) from error
    if torch is None:
        raise ScarSegError(
            _(
                "the models need PyTorch, which was not installed: press Apply again and agree to install it, or "
                "{without_torch}"
            ).format(without_torch=without_torch)
        )


@contextmanager
def _constraints() -> Iterator[Path]:
    """A constraints file for pip that holds the installed packages of ``KEPT`` at their versions."""
    lines = []
    for name in KEPT:
        try:
            lines.append(f"{name}=={importlib.metadata.version(name)}\n")
        except importlib.metadata.PackageNotFoundError:
            continue
    with tempfile.TemporaryDirectory(prefix="scarseg-") as folder:
        path = Path(folder) / "constraints.txt"
        path.write_text("".join(lines), encoding="utf-8")
        yield path
