"""The log on descriptors 1 and 2, in a process of its own since it takes them over."""

from __future__ import annotations

import subprocess
import sys

from Testing.tests.conftest import REPOSITORY
from Testing.tests.jobs.conftest import needs_posix

PROGRAM = """
import os, sys
from ScarSegLogic.worker import log
log.LOG_BYTES = 100
taken = log.WorkerLog()
for number in range(int(sys.argv[1])):
    os.write(1 + number % 2, f"line {number} {'x' * 100}\\n".encode())
    taken.rotate()
"""


def run(lines: int) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(lines)], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )


def test_what_is_written_to_output_and_error_goes_to_the_log(worker_log):
    done = run(1)
    assert (done.stdout, done.stderr) == ("", "")
    # Rotated after its first line.
    assert worker_log.with_name("worker.log.1").read_text().startswith("line 0")


def test_the_log_rotates_and_the_oldest_goes(worker_log):
    run(6)
    found = {path.name: path.read_text()[:6] for path in worker_log.parent.iterdir()}
    assert found == {"worker.log": "", "worker.log.1": "line 5", "worker.log.2": "line 4"}


@needs_posix
def test_the_log_is_private(worker_log):
    run(1)
    assert worker_log.stat().st_mode & 0o077 == 0


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path, monkeypatch):
    blocker = tmp_path / "a file"
    blocker.write_text("")
    monkeypatch.setenv("SCARSEG_LOG_DIR", str(blocker / "logs"))
    assert run(3).returncode == 0
