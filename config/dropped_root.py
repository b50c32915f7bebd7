"""PostgreSQL refuses to run as root: where we are root, its programs run as a system account of their own."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ACCOUNT = "pgserver"


class AccountError(Exception):
    """A program failed, or no account can be had for it; the text is what it said."""


@dataclass(frozen=True)
class Account:
    """Who runs the database's programs. `prefix` is the command that becomes that account, or empty."""

    uid: int
    gid: int
    prefix: tuple[str, ...]

    def run(self, *command: str | Path) -> None:
        """Run a program to its end; AccountError with its words when it fails."""
        # A file, not a pipe: the server that pg_ctl leaves behind would keep a pipe open for ever.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [*self.prefix, *map(str, command)],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/", umask=0o077, check=False,
            )  # fmt: skip
            if done.returncode:
                said.seek(0)
                raise AccountError(f"{Path(command[0]).name}: {said.read().decode(errors='replace').strip()}")

    def own(self, folder: Path) -> None:
        """Make `folder` if it is missing, private to this account."""
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            return
        if os.geteuid() == 0:
            os.chown(folder, self.uid, self.gid)


def account_for(*folders: Path) -> Account:
    """The account whose programs can reach `folders`: our own, or for root the system account."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), ())
    entry = _system_account()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise AccountError(
            "As root the embedded PostgreSQL needs `setpriv` (util-linux); or use another account."
        )
    prefix = [setpriv, f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    if not all(_open_to_all(folder) for folder in folders):
        # Below a closed folder such as /root: let the server pass, rather than open the folder to everybody.
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return Account(entry.pw_uid, entry.pw_gid, (*prefix, "--"))


def _system_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        # Two starters at once: one of them fails, and both find the account.
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],
            capture_output=True, check=False,
        )  # fmt: skip
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise AccountError(
            f"As root the embedded PostgreSQL needs an account: useradd --system {ACCOUNT}"
        ) from None


def _open_to_all(folder: Path) -> bool:
    """Whether everybody may pass through to `folder`."""
    return all(path.stat().st_mode & stat.S_IXOTH for path in [folder.resolve(), *folder.resolve().parents])
