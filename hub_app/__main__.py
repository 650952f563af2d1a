"""`python -m hub_app`."""

from hub_app.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
