"""The worker driven by raw JSON lines, as docs/worker.md describes them and with nothing of the client."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ScarSegLogic.version import VERSION
from Testing.tests.conftest import REPOSITORY

BOOTSTRAP = (
    "import sys, importlib; sys.path[:] = [sys.argv[1], *(place for place in sys.path if place)]; "
    "importlib.import_module(sys.argv[2]).main(sys.argv[3:])"
)


class RawWorker:
    """A worker, its pipes, and lines of JSON."""

    def __init__(self, folder: Path, entry: str) -> None:
        self.folder = folder
        command = [sys.executable, "-c", BOOTSTRAP, str(REPOSITORY), entry, str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)

    def write(self, line: str) -> None:
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        return json.loads(self.process.stdout.readline())

    def read_until(self, kind: str) -> dict[str, Any]:
        while (message := self.read())["type"] != kind:
            assert message["type"] == "progress", message
        return message


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[[str], RawWorker]]:
    """Starts a worker in a folder of its own; ends it after the test."""
    started = []

    def start_worker(entry: str = "Testing.tests.jobs.trial_worker") -> RawWorker:
        folder = tmp_path / "arrays"
        folder.mkdir(exist_ok=True)
        started.append(RawWorker(folder, entry))
        return started[-1]

    yield start_worker
    for worker in started:
        worker.process.stdin.close()
        worker.process.wait(5)
        worker.process.stdout.close()


def test_the_worker_greets_with_protocol_version_own_number_jobs_and_log(start, worker_log):
    worker = start("ScarSegLogic.worker.main")
    hello = worker.read()
    assert hello == {
        "type": "hello",
        "protocol": 1,
        "version": VERSION,
        "pid": worker.process.pid,
        "jobs": ["la_cavity", "la_export", "la_scar", "lv_export", "lv_heart", "lv_measure", "lv_scar"],
        "log": str(worker_log),
    }


def test_a_stray_file_in_the_current_folder_is_not_imported(start, tmp_path):
    (tmp_path / "arrays").mkdir()
    (tmp_path / "arrays" / "faulthandler.py").write_text("raise SystemExit('a stray file was imported')")
    (tmp_path / "arrays" / "numpy.py").write_text("raise SystemExit('a stray file was imported')")
    assert start().read()["type"] == "hello"


def test_arrays_travel_as_files_named_in_the_messages(start):
    worker = start()
    worker.read()
    image = np.linspace(0, 1, 24, dtype=np.float32).reshape(2, 3, 4)
    np.save(worker.folder / "in.npy", image)
    worker.write('{"type": "job", "job": 7, "name": "threshold", "arguments": {}, "arrays": {"image": "in.npy"}}')
    done = worker.read()
    assert done == {"type": "done", "job": 7, "result": {}, "arrays": {"mask": "7-answer-mask.npy"}}
    answer = worker.folder / "7-answer-mask.npy"
    np.testing.assert_array_equal(np.load(answer), image > 0.5)
    assert (worker.folder / "in.npy").exists(), "the client made it, the client deletes it"
    assert stat.S_IMODE(answer.stat().st_mode) & stat.S_IRUSR


def test_progress_comes_before_the_answer_and_rises(start):
    worker = start()
    worker.read()
    worker.write('{"type":"job","job":1,"name":"count","arguments":{"steps":20,"seconds":0.4},"arrays":{}}')
    shares = []
    while (message := worker.read())["type"] == "progress":
        assert message["job"] == 1
        shares.append(message["share"])
    assert message["type"] == "done"
    assert len(shares) >= 3
    assert shares == sorted(shares)


def test_a_running_job_is_cancelled_in_the_middle(start):
    worker = start()
    worker.read()
    worker.write('{"type":"job","job":1,"name":"count","arguments":{"steps":3000,"seconds":30},"arrays":{}}')
    assert worker.read()["type"] == "progress"
    started_s = time.monotonic()
    worker.write('{"type":"cancel","job":1}')
    assert worker.read_until("cancelled")["job"] == 1
    assert time.monotonic() - started_s < 1.0


def test_jobs_queue_in_the_worker_too_and_a_waiting_one_is_cancelled_at_once(start):
    worker = start()
    worker.read()
    for number, seconds in ((1, 0.5), (2, 30), (3, 0)):
        arguments = json.dumps({"steps": 10, "seconds": seconds})
        worker.write(f'{{"type":"job","job":{number},"name":"count","arguments":{arguments},"arrays":{{}}}}')
    worker.write('{"type":"cancel","job":2}')
    answers = []
    while len(answers) < 3:
        message = worker.read()
        if message["type"] != "progress":
            answers.append((message["type"], message["job"]))
    assert answers == [("cancelled", 2), ("done", 1), ("done", 3)]


def test_a_late_or_unknown_cancel_does_nothing(start):
    worker = start()
    worker.read()
    worker.write('{"type":"cancel","job":99}')
    worker.write('{"type":"job","job":1,"name":"echo","arguments":{},"arrays":{}}')
    assert worker.read()["type"] == "done"
    worker.write('{"type":"cancel","job":1}')
    worker.write('{"type":"job","job":2,"name":"echo","arguments":{},"arrays":{}}')
    assert worker.read() == {"type": "done", "job": 2, "result": {"arguments": {}}, "arrays": {}}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("what is this", "not JSON"),
        ('{"type": "hello", "job": 1}', "expected a job or a cancel"),
        ('{"type": "job", "job": "1", "name": "echo", "arguments": {}, "arrays": {}}', "got a job for '1'"),
        ('{"type": "job", "job": true, "name": "echo", "arguments": {}, "arrays": {}}', "got a job for True"),
        ('{"type": "job", "job": 1, "name": "echo", "arrays": {}}', "a job needs 'arguments', a dict"),
        (
            '{"type": "job", "job": 1, "name": "echo", "arguments": {}, "arrays": {"a": "../a.npy"}}',
            "names of files in the job folder, not paths",
        ),
        (
            '{"type": "job", "job": 1, "name": "echo", "arguments": {}, "arrays": {"a": "C:\\\\a.npy"}}',
            "names of files in the job folder, not paths",
        ),
    ],
)
def test_a_line_that_is_no_message_is_refused_and_the_worker_goes_on(start, line, reason):
    worker = start()
    worker.read()
    worker.write(line)
    refused = worker.read()
    assert refused["type"] == "refused"
    assert reason in refused["reason"]
    worker.write('{"type": "job", "job": 2, "name": "echo", "arguments": {}, "arrays": {}}')
    assert worker.read()["type"] == "done"


def test_a_missing_array_fails_the_job_and_not_the_worker(start):
    worker = start()
    worker.read()
    worker.write('{"type":"job","job":1,"name":"echo","arguments":{},"arrays":{"image":"gone.npy"}}')
    failed = worker.read()
    assert (failed["type"], failed["job"]) == ("failed", 1)
    assert "fault of its own (FileNotFoundError)" in failed["sentence"]


def test_the_worker_leaves_when_its_input_ends_and_takes_an_ownerless_folder_along(start):
    worker = start()
    worker.read()
    worker.write('{"type":"job","job":1,"name":"stubborn","arguments":{"seconds":60},"arrays":{}}')
    assert worker.read()["type"] == "progress"
    worker.process.stdin.close()
    assert worker.process.wait(2) == 0
    assert not worker.folder.exists()
