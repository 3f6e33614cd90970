from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from ScarSegLogic.jobs.array_files import write_all
from ScarSegLogic.jobs.scratch import PREFIX, ScratchFolder, remove_if_abandoned, sweep
from Testing.tests.jobs.conftest import needs_posix

KILLED_OWNER = """
import os, signal, sys, tempfile
tempfile.tempdir = sys.argv[1]
from ScarSegLogic.jobs.scratch import ScratchFolder
folder = ScratchFolder()
(folder.path / "1-image.npy").write_bytes(b"a patient")
print(folder.path, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def of_a_killed_process(scratch_root) -> Path:
    done = subprocess.run([sys.executable, "-c", KILLED_OWNER, str(scratch_root)], capture_output=True, text=True)
    return Path(done.stdout.strip())


@needs_posix
def test_the_folder_of_a_killed_process_is_swept(of_a_killed_process):
    assert (of_a_killed_process / "1-image.npy").exists()
    sweep(minimum_age_s=0)
    assert not of_a_killed_process.exists()


@needs_posix
def test_the_first_minute_of_a_folder_is_left_alone_since_it_may_be_in_the_making(of_a_killed_process):
    sweep()
    assert of_a_killed_process.exists()
    os.utime(of_a_killed_process, (0, 0))
    ScratchFolder().remove()
    assert not of_a_killed_process.exists()


def test_the_folder_of_a_living_process_is_not_swept():
    mine = ScratchFolder()
    sweep(minimum_age_s=0)
    assert not remove_if_abandoned(mine.path)
    assert mine.path.exists()
    mine.remove()


def test_a_folder_whose_maker_died_before_locking_it_is_swept():
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    sweep(minimum_age_s=0)
    assert not folder.exists()


@needs_posix
def test_a_link_with_the_name_of_a_folder_is_not_followed(tmp_path, scratch_root):
    precious = tmp_path / "precious"
    precious.mkdir()
    (scratch_root / f"{PREFIX}link").symlink_to(precious)
    sweep(minimum_age_s=0)
    assert precious.exists()


def test_files_of_ended_jobs_go_and_those_of_later_jobs_stay():
    folder = ScratchFolder()
    for prefix in ("1", "2-answer", "10"):
        write_all(folder.path, prefix, {"image": np.zeros(3)})
    folder.remove_jobs_until(2)
    assert sorted(path.name for path in folder.path.glob("*.npy")) == ["10-image.npy"]
    folder.remove()
    folder.remove()


@needs_posix
def test_nobody_else_enters_the_folder():
    folder = ScratchFolder()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    folder.remove()
    assert not folder.path.exists()
