"""Passwords at the command line: asked for twice or read from standard input, never an argument others could see."""

import sys

import click

from loyalty.people import passwords


def password_hash(whose: str, from_stdin: bool) -> str:
    """The argon2id hash of a new password. Raises Invalid `password_invalid` when it is too short."""
    if from_stdin:
        return passwords.hashed(sys.stdin.readline().rstrip("\r\n"))
    return passwords.hashed(click.prompt(f"Password for {whose}", hide_input=True, confirmation_prompt=True))
