"""Everything that goes wrong: one sentence for the user, and the next job works."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import time

import numpy as np
import pytest

from ScarSegLogic.jobs import JobSpec, JobState, WorkerClient, sentences, worker_client
from Testing.tests.jobs.conftest import TRIAL_WORKER, needs_posix, wait_until_dead

VOLUME = np.zeros((3, 4, 5), np.float32)


def assert_fails_and_recovers(client, spec: JobSpec, sentence: str) -> None:
    told = []
    job = client.submit(spec, lambda job: told.append(job.state))
    behind = client.submit(JobSpec("echo", {"is": "next"}))
    client.wait(job)
    assert job.state is JobState.FAILED
    assert sentence in job.error
    assert "\n" not in job.error
    assert job.result == {}
    assert job.arrays == {}
    assert told[-1] is JobState.FAILED
    assert client.wait(behind).state is JobState.DONE


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("refuse", "the myocardium is empty: draw it"),
        ("fail", "ScarSeg failed by a fault of its own (KeyError); what happened stands in"),
        ("exhaust", "the computer has too little free memory for this study: close other programs"),
        ("fill_disk", "the disk is full (/exports/report.html): free some space and start again"),
        ("die", "the computing process ended unexpectedly, perhaps because the computer ran out of memory"),
        ("babble", "ScarSeg failed by a fault of its own (ValueError)"),
        ("unheard_of", "the computing process knows no job 'unheard_of': restart the program"),
    ],
)
def test_a_failed_job_says_why_and_the_queue_goes_on(client, name, sentence):
    assert_fails_and_recovers(client, JobSpec(name, {}, {"image": VOLUME}), sentence)


def test_a_fault_of_ours_is_logged_by_its_place_without_what_it_was_about(client, worker_log):
    client.wait(client.submit(JobSpec("fail")))
    text = worker_log.read_text()
    assert "KeyError" in text
    assert "trial_worker.py" in text
    assert "Doe^Jane" not in text


@needs_posix
def test_a_worker_killed_in_the_middle_of_a_job_is_replaced(client, until):
    job = client.submit(JobSpec("stubborn", {"seconds": 30}))
    queued = client.submit(JobSpec("echo"))
    until(lambda: job.progress > 0)
    killed = client.worker_pid
    os.kill(killed, signal.SIGKILL)
    client.wait(job, 5)
    assert (job.state, job.error) == (JobState.FAILED, sentences.ENDED)
    assert client.wait(queued).state is JobState.DONE
    assert client.worker_pid != killed


@needs_posix
def test_a_worker_killed_between_two_jobs_is_not_even_noticed(client, until):
    client.wait(client.submit(JobSpec("echo")))
    for _ in range(2):
        killed = client.worker_pid
        os.kill(killed, signal.SIGKILL)
        until(lambda: client.worker_pid is None)
        assert client.wait(client.submit(JobSpec("echo", {}, {"image": VOLUME}))).state is JobState.DONE
        assert client.worker_pid != killed


@needs_posix
def test_a_cancelled_job_whose_worker_dies_is_cancelled_not_failed(client, until):
    job = client.submit(JobSpec("stubborn", {"seconds": 30}))
    until(lambda: job.progress > 0)
    client.cancel(job)
    os.kill(client.worker_pid, signal.SIGKILL)
    client.wait(job, 5)
    assert (job.state, job.error) == (JobState.CANCELLED, None)


def test_a_full_disk_while_an_image_is_handed_over_is_told_and_leaves_no_part_of_it(client, scratch_root, monkeypatch):
    def no_space(_path, _array):
        yield
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("ScarSegLogic.jobs.run.write_in_pieces", no_space)
        job = client.wait(client.submit(JobSpec("echo", {}, {"image": VOLUME})))
    assert job.state is JobState.FAILED
    assert job.error.startswith(f"the temporary folder {scratch_root} is full")
    assert list(scratch_root.glob("*/*.npy")) == []
    assert client.wait(client.submit(JobSpec("echo", {}, {"image": VOLUME}))).state is JobState.DONE


def test_a_temporary_folder_that_cannot_be_made_is_told(client, scratch_root):
    shutil.rmtree(scratch_root)
    job = client.submit(JobSpec("echo"))
    assert job.state is JobState.FAILED
    assert f"through the temporary folder {scratch_root} (No such file or directory)" in job.error
    scratch_root.mkdir()
    assert client.wait(client.submit(JobSpec("echo"))).state is JobState.DONE


def test_a_folder_that_a_cleaner_took_away_is_made_anew(client, scratch_root):
    client.wait(client.submit(JobSpec("echo")))
    for folder in scratch_root.iterdir():
        shutil.rmtree(folder)
    assert client.wait(client.submit(JobSpec("echo", {}, {"image": VOLUME}))).state is JobState.DONE


def test_a_missing_interpreter_is_told():
    client = WorkerClient(python=["/nowhere/PythonSlicer"])
    job = client.wait(client.submit(JobSpec("echo")))
    assert "the computing process could not be started (No such file or directory): restart the program" in job.error
    client.close()


def test_an_entry_that_does_not_start_is_told_and_its_reason_logged(caplog):
    client = WorkerClient(entry="Testing.tests.jobs.no_such_worker")
    job = client.wait(client.submit(JobSpec("echo")))
    assert job.error == sentences.NOT_STARTED
    assert "No module named 'Testing.tests.jobs.no_such_worker'" in caplog.text
    client.close()


def test_a_worker_that_never_greets_is_given_up(monkeypatch):
    monkeypatch.setattr(worker_client, "START_TIMEOUT_S", 0.3)
    client = WorkerClient(entry="Testing.tests.jobs.odd_workers.mute")
    assert client.wait(client.submit(JobSpec("echo")), 5).error == sentences.NOT_STARTED
    client.close()


def test_a_worker_of_another_version_is_not_used(monkeypatch):
    monkeypatch.setattr(worker_client, "VERSION", "99.0.0")
    client = WorkerClient(entry=TRIAL_WORKER)
    job = client.wait(client.submit(JobSpec("echo")))
    assert job.error == "ScarSeg was updated while the program was running: restart the program"
    client.close()


def test_noise_before_the_hello_is_passed_over():
    client = WorkerClient(entry="Testing.tests.jobs.odd_workers.noisy")
    assert client.wait(client.submit(JobSpec("echo"))).state is JobState.DONE
    client.close()


@pytest.mark.parametrize("entry", ["garbage", "escaping"])
def test_a_worker_that_answers_nonsense_is_ended(entry):
    client = WorkerClient(entry=f"Testing.tests.jobs.odd_workers.{entry}")
    job = client.wait(client.submit(JobSpec("echo")))
    assert job.error == sentences.CONFUSED
    assert client.worker_pid is None
    client.close()


def test_an_idle_worker_may_leave_and_the_next_job_starts_another():
    client = WorkerClient(entry="Testing.tests.jobs.odd_workers.leaving")
    client.wait(client.submit(JobSpec("echo")))
    first, end_s = client.worker_pid, time.monotonic() + 20
    while client.worker_pid is not None and time.monotonic() < end_s:
        client.poll()
        time.sleep(0.01)
    assert client.worker_pid is None
    assert wait_until_dead(first)
    assert client.wait(client.submit(JobSpec("echo"))).state is JobState.DONE
    client.close()


def test_a_job_that_crosses_the_farewell_of_an_idle_worker_goes_to_the_next():
    client = WorkerClient(entry="Testing.tests.jobs.odd_workers.crossing")
    job = client.wait(client.submit(JobSpec("echo", {"is": "kept"}, {"image": VOLUME})), 20)
    assert job.result == {"arguments": {"is": "kept"}}
    np.testing.assert_array_equal(job.arrays["image"], VOLUME)
    client.close()
