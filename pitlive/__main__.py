"""`python -m pitlive`, the same as `pitlive`."""

from pitlive.cli.main import main

if __name__ == "__main__":
    main()
