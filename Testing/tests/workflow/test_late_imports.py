from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "monai", "lightning", "transformers")


@pytest.mark.parametrize(
    "module",
    [
        "ScarSegLogic",
        "ScarSegLogic.networks",
        "ScarSegLogic.models.catalogue",
        "ScarSegLogic.inference.lv_anatomy",
        "ScarSegLogic.inference.lv_scar",
        "ScarSegLogic.workflow.lv",
    ],
)
def test_importing_loads_no_deep_learning_library(module):
    program = f"import sys, {module}; print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
