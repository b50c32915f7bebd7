"""python -m config.cli: the `emma` command where it is not on the path."""

from config.cli import main

main()
