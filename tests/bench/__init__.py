"""How fast the till's path is, beside what bounds it. `python -m tests.bench`; nothing here is ever shipped."""
