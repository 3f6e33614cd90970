"""A worker that leaves soon after its last job."""

from ScarSegLogic.worker.serve import serve
from ScarSegLogic.worker.server import IdleStep
from Testing.tests.jobs.trial_worker import JOBS


def main(arguments: list[str]) -> None:
    serve(arguments, JOBS, [IdleStep(1.1, lambda: False), IdleStep(1.3, lambda: True)])
