"""The client with a real worker: states, queue, cancel, callbacks, closing."""

from __future__ import annotations

import time

import numpy as np
import pytest

from ScarSegLogic.jobs import JobSpec, JobState, WorkerClient, close_shared_client, shared_client
from Testing.tests.jobs.conftest import TRIAL_WORKER, wait_until_dead

LONGEST_BLOCK_S = 0.05
"""Wide: the machines of CI are shared; the benchmark prints the real figure."""
MASK = np.arange(60).reshape(3, 4, 5) % 2 == 0


def a_count(seconds: float = 0.2, steps: int = 10) -> JobSpec:
    return JobSpec("count", {"seconds": seconds, "steps": steps})


def test_arguments_and_arrays_come_back_as_they_went(client):
    sent = {"image": np.linspace(0, 1, 60, dtype=np.float32).reshape(3, 4, 5)[:, ::-1], "mask": MASK}
    job = client.wait(client.submit(JobSpec("echo", {"name": "Überblick", "numbers": [1, 2.5, None]}, sent)))
    assert (job.state, job.progress, job.error) == (JobState.DONE, 1.0, None)
    assert job.result == {"arguments": {"name": "Überblick", "numbers": [1, 2.5, None]}}
    for name, array in sent.items():
        np.testing.assert_array_equal(job.arrays[name], array)
        assert job.arrays[name].dtype == array.dtype


def test_what_libraries_print_goes_to_the_log_and_breaks_no_message(client, worker_log):
    assert client.wait(client.submit(JobSpec("echo"))).state is JobState.DONE
    text = worker_log.read_text()
    for line in ("a library prints", "a C library prints", "and complains"):
        assert line in text


def test_arrays_of_an_answer_outlive_the_client(client):
    job = client.wait(client.submit(JobSpec("echo", {}, {"mask": MASK})))
    client.close()
    np.testing.assert_array_equal(job.arrays["mask"], MASK)
    job.arrays["mask"][0] = False


def test_no_file_of_an_ended_job_stays(client, scratch_root):
    for spec in (JobSpec("echo", {}, {"mask": MASK}), JobSpec("refuse", {}, {"mask": MASK})):
        client.wait(client.submit(spec))
        assert list(scratch_root.glob("*/*.npy")) == []


def test_nothing_starts_before_the_first_job(client, scratch_root):
    client.poll()
    assert client.worker_pid is None
    assert list(scratch_root.iterdir()) == []


def test_progress_rises_and_every_change_is_told(client):
    told = []
    job = client.submit(a_count(0.5, 10), lambda job: told.append((job.state, job.progress, job.message)))
    client.wait(job)
    shares = [share for _, share, _ in told]
    assert shares == sorted(shares)
    assert told[0] == (JobState.RUNNING, 0.0, "sending the image")
    assert any(0 < share < 1 and message.startswith("step") for _, share, message in told)
    assert told[-1] == (JobState.DONE, 1.0, "done")
    assert [state for state, _, _ in told].count(JobState.DONE) == 1


def test_jobs_run_one_after_the_other_in_one_process(client):
    jobs = [client.submit(a_count()) for _ in range(3)]
    assert [job.state for job in jobs] == [JobState.RUNNING, JobState.QUEUED, JobState.QUEUED]
    client.wait(jobs[0])
    assert jobs[2].state is JobState.QUEUED
    client.wait(jobs[2])
    assert not client.busy
    assert {job.result["pid"] for job in jobs} == {client.worker_pid}


def test_a_callback_may_submit_the_next_job(client):
    following = []

    def submit_another(job) -> None:
        if job.finished:
            following.append(client.submit(a_count()))

    client.wait(client.submit(a_count(), submit_another))
    assert client.wait(following[0]).state is JobState.DONE


def test_a_callback_that_fails_harms_no_job(client):
    def fail(_job) -> None:
        raise ValueError("a fault in a widget")

    assert client.wait(client.submit(a_count(), fail)).state is JobState.DONE
    assert client.wait(client.submit(a_count())).state is JobState.DONE


def test_a_callback_cannot_wait_for_itself(client):
    failures = []

    def wait(job) -> None:
        try:
            client.wait(job)
        except RuntimeError as error:
            failures.append(str(error))

    client.wait(client.submit(a_count(), wait))
    assert "cannot wait" in failures[0]


def test_waiting_has_an_end_and_the_job_goes_on(client):
    job = client.submit(a_count(1.0))
    with pytest.raises(TimeoutError, match=r"Job 1 count running .* has not finished within 0\.1 s"):
        client.wait(job, timeout_s=0.1)
    assert client.wait(job).state is JobState.DONE


def test_a_queued_job_is_cancelled_at_once_and_never_runs(client):
    first, second, third = (client.submit(a_count()) for _ in range(3))
    client.cancel(second)
    assert second.state is JobState.CANCELLED
    assert client.wait(third).state is JobState.DONE
    assert first.state is JobState.DONE


def test_cancel_lets_an_obedient_worker_live(client, until):
    job = client.submit(a_count(30, 3000))
    until(lambda: job.progress > 0)
    pid, started_s = client.worker_pid, time.monotonic()
    client.cancel(job)
    client.cancel(job)
    client.wait(job)
    assert time.monotonic() - started_s < 1.0
    assert job.state is JobState.CANCELLED
    assert client.wait(client.submit(a_count())).result["pid"] == pid


def test_a_worker_that_does_not_let_go_is_ended_within_a_second_and_replaced(client, until):
    job = client.submit(JobSpec("stubborn", {"seconds": 30}))
    queued = client.submit(a_count())
    until(lambda: job.progress > 0)
    pid, started_s = client.worker_pid, time.monotonic()
    client.cancel(job)
    client.wait(job)
    assert time.monotonic() - started_s < 1.0
    assert job.state is JobState.CANCELLED
    assert client.wait(queued).state is JobState.DONE
    assert wait_until_dead(pid)
    assert client.worker_pid != pid


def test_a_job_is_cancelled_while_its_arrays_are_still_on_their_way(client, scratch_root):
    job = client.submit(JobSpec("echo", {}, {"image": np.zeros((44, 576, 576), np.float32)}))
    assert job.state is JobState.RUNNING
    client.cancel(job)
    assert job.state is JobState.CANCELLED
    assert list(scratch_root.glob("*/*.npy")) == []
    assert client.wait(client.submit(a_count())).state is JobState.DONE


def test_cancelling_a_finished_job_changes_nothing(client):
    job = client.wait(client.submit(a_count()))
    client.cancel(job)
    assert job.state is JobState.DONE


def test_a_large_volume_never_holds_up_the_caller(client):
    client.wait(client.submit(a_count()))
    image = np.zeros((44, 576, 576), np.float32)
    longest_s, started_s = 0.0, time.perf_counter()
    job = client.submit(JobSpec("threshold", {}, {"image": image}))
    while not job.finished:
        longest_s = max(longest_s, time.perf_counter() - started_s)
        time.sleep(0.005)
        started_s = time.perf_counter()
        client.poll()
    assert job.arrays["mask"].shape == image.shape
    assert longest_s < LONGEST_BLOCK_S


def test_closing_with_a_running_job_cancels_it_and_leaves_nothing(client, until, scratch_root):
    running = client.submit(JobSpec("stubborn", {"seconds": 30}))
    queued = client.submit(a_count())
    until(lambda: running.progress > 0)
    pid = client.worker_pid
    client.close()
    assert [running.state, queued.state] == [JobState.CANCELLED, JobState.CANCELLED]
    assert wait_until_dead(pid, 1.0)
    assert list(scratch_root.iterdir()) == []
    client.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        client.submit(a_count())


def test_closing_within_a_callback_is_possible(client):
    job = client.submit(a_count(), lambda _job: client.close())
    client.poll()
    assert job.state is JobState.CANCELLED
    assert client.worker_pid is None


def test_two_clients_have_two_workers(client):
    other = WorkerClient(entry=TRIAL_WORKER)
    jobs = [each.submit(a_count()) for each in (client, other)]
    pids = {each.wait(job).result["pid"] for each, job in zip((client, other), jobs, strict=True)}
    assert len(pids) == 2
    other.close()


def test_the_shared_client_is_one_until_it_is_closed():
    first = shared_client()
    assert shared_client() is first
    close_shared_client()
    assert shared_client() is not first
    close_shared_client()
    close_shared_client()


def test_the_shared_client_survives_a_reload_of_its_module():
    import importlib

    from ScarSegLogic.jobs import client as module

    first = module.shared_client()
    importlib.reload(module)
    assert module.shared_client() is first
    module.close_shared_client()
