"""What the program loads, and how fast it answers."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

from ScarSegLogic.version import VERSION

HEAVY = ("torch", "monai", "transformers", "scipy", "matplotlib", "SimpleITK", "pydicom", "skimage", "jinja2", "rich")
BLOCKER = """
    import sys

    class Blocker:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] in ("torch", "monai", "transformers"):
                raise ModuleNotFoundError(f"No module named '{name}'", name=name)
            return None

    sys.meta_path.insert(0, Blocker())
"""


@pytest.mark.parametrize("arguments", [("--help",), ("lv", "--help"), ("--version",)], ids=" ".join)
def test_help_loads_no_heavy_library(arguments):
    program = f"""
        import sys
        from ScarSegLogic.cli.app import app
        try:
            app({list(arguments)!r})
        except SystemExit as leaving:
            assert not leaving.code
        print("LOADED", sorted(set({HEAVY!r}) & set(sys.modules)))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_the_module_is_the_same_program_and_knows_its_version():
    command = [sys.executable, "-m", "ScarSegLogic.cli", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"scarseg {VERSION}"


def test_help_names_every_command(scarseg):
    text = scarseg("--help").out
    assert all(command in text for command in ("lv", "demo", "phantom", "models", "series", "--version"))


@pytest.mark.parametrize("method", ["nsd", "fwhm", "otsu", "ewa"])
def test_methods_other_than_model_work_where_torch_cannot_be_imported(a_study, out, method):
    arguments = ["lv", str(a_study.image), "--myocardium", str(a_study.labels), "--method", method, "--out", str(out)]
    program = textwrap.dedent(BLOCKER) + textwrap.dedent(f"""
        from ScarSegLogic.cli.app import app
        app({[*arguments, "--json"]!r})
    """)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    assert document["infarct_volume_ml"] > 0
    assert document["aha17"] is None
    assert document["aha17_reason"]


def test_a_sigterm_unwinds_like_ctrl_c(a_study, out):
    program = """
        import os, signal
        from ScarSegLogic.cli import app
        import ScarSegLogic.workflow.lv as workflow

        def stopped_from_outside(*_arguments, **_options):
            os.kill(os.getpid(), signal.SIGTERM)

        workflow.run_lv = stopped_from_outside
        app.main()
    """
    arguments = ["lv", str(a_study.image), "--myocardium", str(a_study.labels), "--method", "nsd", "--out", str(out)]
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert not [path for path in out.parent.iterdir() if "partial" in path.name or path == out]
