# SPDX-License-Identifier: Apache-2.0
"""A server on a disk that fails while it is told to (faults.c, built with the machine's compiler), or on a small one of its own."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from trial import say

from andiron import Andiron

_built = None


def library():
    """The path of the built faults.c; None, and a word, where there is no compiler."""
    global _built
    if _built is None:
        folder = tempfile.mkdtemp(prefix="andiron-faults-")
        _built = folder + "/faults.so"
        source = pathlib.Path(__file__).resolve().parent / "faults.c"
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        built = compiler and subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", _built, str(source), "-ldl"], capture_output=True, text=True)
        if not built or built.returncode != 0:
            say(f"SKIPPED: no compiler for faults.c here: {built.stderr[:200] if built else 'cc is not installed'}")
            _built = ""
    return _built or None


class Faulty(Andiron):
    """fail("sync"), fail("full") and fail("read") until mend(); die_at(n): the next start dies at so many changes of its files."""

    def __init__(self, **settings):
        self.faults = tempfile.mkdtemp(prefix="andiron-faults-")
        self.die = None
        super().__init__(**settings)

    def start(self):
        mine = {"LD_PRELOAD": library(), "ANDIRON_FAULTS": self.faults, **({"ANDIRON_FAULTS_DIE": str(self.die)} if self.die else {})}
        before = {name: os.environ.get(name) for name in ("LD_PRELOAD", "ANDIRON_FAULTS", "ANDIRON_FAULTS_DIE")}
        os.environ.update(mine)
        try:
            super().start()
        finally:
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)

    def die_at(self, number):
        self.die = number

    def fail(self, what):
        pathlib.Path(self.faults, what).touch()

    def mend(self):
        for one in pathlib.Path(self.faults).iterdir():
            one.unlink()

    def close(self):
        try:
            self.mend()
            super().close()
        finally:
            shutil.rmtree(self.faults, ignore_errors=True)


def in_own_mounts():
    """True when this process may mount: it begins anew in a namespace of its own, as root of it where it is not root. False, and a word, otherwise."""
    if os.environ.get("RELIABILITY_MOUNTS"):
        return True
    flags = ["-m"] if os.geteuid() == 0 else ["-rm"]
    unshare = shutil.which("unshare")
    probe = f"mount -t tmpfs -o size=1m none {tempfile.gettempdir()}"
    if not unshare or subprocess.run([unshare, *flags, "sh", "-c", probe], capture_output=True).returncode != 0:
        say("SKIPPED: a file system of 16 MB cannot be mounted here (neither root nor a namespace of one's own)")
        return False
    sys.stdout.flush()
    os.environ["RELIABILITY_MOUNTS"] = "1"
    os.execv(unshare, [unshare, *flags, sys.executable, *sys.argv])


def mount(path, megabytes):
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "none", path], check=True)


def remount(path, how):
    subprocess.run(["mount", "-o", f"remount,{how}", path], check=True)


class SmallDisk(Andiron):
    """Its data folder is a file system of so many megabytes."""

    def __init__(self, megabytes, **settings):
        self.megabytes = megabytes
        super().__init__(**settings)

    def start(self):
        self.data = self.folder + "/data"
        if not os.path.isdir(self.data):
            os.mkdir(self.data)
            mount(self.data, self.megabytes)
        super().start()

    def close(self):
        try:
            super().close()
        finally:
            subprocess.run(["umount", "-l", self.data], check=False)
            shutil.rmtree(self.folder, ignore_errors=True)
