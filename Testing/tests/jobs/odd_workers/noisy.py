"""A worker before whose hello something else is printed, as by a launcher."""

from Testing.tests.jobs import trial_worker


def main(arguments: list[str]) -> None:
    print("Switching to Qt 5.15", flush=True)
    print('{"type": "progress"', flush=True)
    trial_worker.main(arguments)
