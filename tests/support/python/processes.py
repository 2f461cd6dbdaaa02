"""Child processes and deadlines.

Every child dies with the test: with its process group when the test closes it, by the kernel when the test is killed.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import threading
import time

# Long enough for a busy machine with sanitizers; nothing waits for it except where something is broken.
PATIENCE = 30.0

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def environment(**changes):
    """The environment of a child: no proxy and no language of the machine it runs on."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    kept.update(LC_ALL="C.UTF-8", **changes)
    return kept


def run(command, *, timeout=PATIENCE, stdin="", env=None, check=False):
    """Runs a command to its end and returns it with its output as text; `stdin` is all that it can read."""
    done = subprocess.run(
        [str(part) for part in command],
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        env=env or environment(),
        preexec_fn=_die_with_parent,
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{command} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


class Child:
    """A process that runs beside the test, in a group of its own. Its output is collected line by line."""

    def __init__(self, command, *, env=None, stdin=subprocess.DEVNULL, pass_fds=(), cwd=None):
        self.command = [str(part) for part in command]
        self.process = subprocess.Popen(
            self.command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env or environment(),
            pass_fds=pass_fds,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        self.stdout = Lines(self.process.stdout)
        self.stderr = Lines(self.process.stderr)

    def __str__(self):
        return f"{self.command}\nstdout:\n{self.stdout}\nstderr:\n{self.stderr}"

    def wait(self, timeout=PATIENCE):
        """Its exit status; all its output has been read then."""
        status = self.process.wait(timeout)
        self.stdout.join()
        self.stderr.join()
        return status

    def signal(self, number):
        self.process.send_signal(number)

    def close(self):
        # What it started itself belongs to its group and may outlive it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.stdout.join()
        self.stderr.join()


class Lines:
    """The lines of a pipe, as they come."""

    def __init__(self, pipe):
        self._pipe = pipe
        self._changed = threading.Condition()
        self._lines = []
        self._ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        with self._pipe:
            for line in self._pipe:
                with self._changed:
                    self._lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def __str__(self):
        return "\n".join(self.all())

    def all(self):
        with self._changed:
            return list(self._lines)

    def join(self):
        self._thread.join(PATIENCE)

    def wait_for(self, judge, *, timeout=PATIENCE):
        """What `judge` makes of the lines, as soon as that is anything; it sees them again with every new one."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                found = judge(self._lines)
                if found:
                    return found
                left = deadline - time.monotonic()
                if self._ended or left <= 0:
                    why = "the output ended" if self._ended else f"{timeout} s went by"
                    raise AssertionError(f"{why}, and this did not come; there is:\n" + "\n".join(self._lines))
                self._changed.wait(left)


def wait_until(condition, what, *, timeout=PATIENCE):
    """Asks until the condition holds; for what gives no notice itself."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s for {what}")
        select.select([], [], [], 0.02)


def resident_kilobytes(pid):
    """What a process holds of memory now."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
