"""Clients of the trial worker, and a launcher as Slicer has one."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ScarSegLogic.jobs import WorkerClient

TRIAL_WORKER = "Testing.tests.jobs.trial_worker"
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals and starts shell scripts")


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch) -> None:
    """Logs and scratch folders of a test stay its own, and the path has blanks and umlauts."""
    scratch = tmp_path / "Zwischenablage für Tests"
    scratch.mkdir()
    monkeypatch.setenv("SCARSEG_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setattr("tempfile.tempdir", str(scratch))


@pytest.fixture
def scratch_root(own_folders, tmp_path) -> Path:  # noqa: ARG001 - made there
    """Where the client makes its folder."""
    return tmp_path / "Zwischenablage für Tests"


@pytest.fixture
def worker_log(tmp_path) -> Path:
    """The log of workers started by the test."""
    return tmp_path / "logs" / "worker.log"


@pytest.fixture
def client() -> Iterator[WorkerClient]:
    """A client of the trial worker."""
    client = WorkerClient(entry=TRIAL_WORKER)
    yield client
    client.close()


@pytest.fixture
def launcher(tmp_path) -> Path:
    """A program that starts Python as its child and waits for it, as PythonSlicer does; its path has blanks."""
    folder = tmp_path / "Slicer 5.12 (test)"
    folder.mkdir()
    script = folder / "Python Slicer"
    script.write_text(f'#!/bin/sh\n"{sys.executable}" "$@"\nexit $?\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


@pytest.fixture
def until(client) -> Callable[[Callable[[], bool]], None]:
    """Poll the client until something holds, at most 20 s."""

    def poll_until(predicate: Callable[[], bool]) -> None:
        end_s = time.monotonic() + 20
        while not predicate():
            assert time.monotonic() < end_s, "it never came true"
            client.poll()
            time.sleep(0.002)

    return poll_until


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not collected yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def wait_until_dead(pid: int, timeout_s: float = 5.0) -> bool:
    """Wait for a process to end; returns whether it did."""
    end_s = time.monotonic() + timeout_s
    while is_alive(pid) and time.monotonic() < end_s:
        time.sleep(0.01)
    return not is_alive(pid)
