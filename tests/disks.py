"""Disks of a size of their own, for tests that fill them."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MOUNT, UMOUNT = (shutil.which(name) or "" for name in ("mount", "umount"))
needs_to_mount = pytest.mark.skipif(
    not (os.geteuid() == 0 and MOUNT and UMOUNT), reason="needs the right to mount a file system"
)


@contextmanager
def mounted(folder: Path, *mount: str | Path) -> Iterator[Path]:
    """A file system at a folder, for a time."""
    folder.mkdir(parents=True, exist_ok=True)
    tried = subprocess.run([*mount, folder], check=False, capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"{mount[0]} cannot mount here: {tried.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([UMOUNT, "--lazy", folder], check=True)


@contextmanager
def in_memory(folder: Path, options: str) -> Iterator[Callable[[str], None]]:
    """A file system in memory at a folder, for a time; what is given resizes it."""

    def resize(size: str) -> None:
        subprocess.run([MOUNT, "-o", f"remount,size={size}", folder], check=True)

    with mounted(folder, MOUNT, "-t", "tmpfs", "-o", options, "tmpfs"):
        yield resize
