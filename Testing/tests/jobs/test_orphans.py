"""No worker outlives its parent, however the parent ends, and through a launcher as Slicer has one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ScarSegLogic.jobs import JobSpec, JobState, WorkerClient
from Testing.tests.conftest import REPOSITORY
from Testing.tests.jobs.conftest import TRIAL_WORKER, is_alive, needs_posix, wait_until_dead

pytestmark = needs_posix
needs_proc = pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")

PARENT = """
import sys, tempfile, time
sys.path.insert(0, sys.argv[1])
tempfile.tempdir = sys.argv[2]
import numpy as np
from ScarSegLogic.jobs import JobSpec, WorkerClient
client = WorkerClient(python=[sys.argv[3]], entry=sys.argv[4])
job = client.submit(JobSpec(sys.argv[5], {"seconds": 60}, {"image": np.zeros((2, 3, 4))}))
while client.worker_pid is None or (job.spec.name == "stubborn" and not job.progress):
    client.poll()
    time.sleep(0.005)
print(client.worker_pid, flush=True)
if sys.argv[6] == "falls off the end":
    sys.exit()
time.sleep(60)
"""


def start_parent(launcher: Path, scratch_root: Path, *, job: str, then: str = "waits") -> tuple[subprocess.Popen, int]:
    """A process with a client whose worker runs through the launcher, and the worker's number."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(REPOSITORY), str(scratch_root), str(launcher), TRIAL_WORKER, job, then],
        stdout=subprocess.PIPE,
        text=True,
    )
    return parent, int(parent.stdout.readline())


@needs_proc
def test_the_worker_s_number_is_its_own_not_the_launcher_s(launcher):
    client = WorkerClient(python=[str(launcher)], entry=TRIAL_WORKER)
    job = client.wait(client.submit(JobSpec("count", {"seconds": 0, "steps": 1})))
    assert job.result["pid"] == client.worker_pid
    launcher_pid = int(Path(f"/proc/{client.worker_pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    assert launcher_pid != os.getpid()
    assert Path(f"/proc/{launcher_pid}/cmdline").read_bytes().find(b"Python Slicer") > 0
    client.close()
    assert wait_until_dead(launcher_pid, 1.0)


def test_a_stubborn_job_is_ended_through_the_launcher_too(launcher):
    client = WorkerClient(python=[str(launcher)], entry=TRIAL_WORKER)
    job = client.submit(JobSpec("stubborn", {"seconds": 60}))
    while not job.progress:
        client.poll()
    worker, started_s = client.worker_pid, time.monotonic()
    client.cancel(job)
    client.wait(job)
    assert time.monotonic() - started_s < 1.0
    assert wait_until_dead(worker, 1.0)
    assert client.wait(client.submit(JobSpec("echo"))).state is JobState.DONE
    client.close()


@pytest.mark.parametrize("job", ["echo", "stubborn"])
def test_kill_9_of_the_parent_ends_the_worker_and_removes_the_images(launcher, scratch_root, job):
    parent, worker = start_parent(launcher, scratch_root, job=job)
    assert is_alive(worker)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert wait_until_dead(worker, 3.0)
    assert list(scratch_root.iterdir()) == []


def test_a_parent_that_ends_without_closing_leaves_no_worker(launcher, scratch_root):
    parent, worker = start_parent(launcher, scratch_root, job="stubborn", then="falls off the end")
    parent.wait()
    assert wait_until_dead(worker, 3.0)
    assert list(scratch_root.iterdir()) == []


@needs_proc
def test_the_worker_lives_on_when_only_its_launcher_is_killed(launcher):
    client = WorkerClient(python=[str(launcher)], entry=TRIAL_WORKER)
    client.wait(client.submit(JobSpec("echo")))
    worker = client.worker_pid
    launcher_pid = int(Path(f"/proc/{worker}/stat").read_text().rsplit(")", 1)[1].split()[1])
    os.kill(launcher_pid, signal.SIGKILL)
    assert client.wait(client.submit(JobSpec("echo"))).state is JobState.DONE
    assert client.worker_pid == worker
    client.close()
    assert wait_until_dead(worker, 2.0)


@needs_proc
def test_the_worker_opens_no_port(client):
    client.wait(client.submit(JobSpec("echo")))
    links = [str(path.readlink()) for path in Path(f"/proc/{client.worker_pid}/fd").iterdir()]
    assert links
    assert not [link for link in links if link.startswith("socket:")]
