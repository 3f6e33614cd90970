"""The error that is shown to people as it is."""


class ScarSegError(Exception):
    """One clear sentence for the user: what was wrong, where, what was expected and what to do.

    The command line prints it and exits with code 1, a module shows it; anything else is a fault of ours.
    """
