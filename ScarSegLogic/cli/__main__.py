"""`python -m ScarSegLogic.cli` is the same program as `scarseg`."""

from ScarSegLogic.cli.app import main

if __name__ == "__main__":
    main()
