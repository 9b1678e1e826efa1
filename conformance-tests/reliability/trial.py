# SPDX-License-Identifier: Apache-2.0
"""What the parts have together: the seed, the time, checks that say the seed when they fail, figures, and waiting for something."""
import os
import pathlib
import random
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "outside"))

seed = int(os.environ.get("RELIABILITY_SEED") or time.time())
seconds = float(os.environ.get("RELIABILITY_SECONDS") or 0)  # 0: the short form
chance = random.Random(seed)
_lock = threading.Lock()
_wrong = []
_counted = 0


def that(condition, what):
    """A check that is counted; `what` begins with the id of the row that it proves, where there is one."""
    global _counted
    with _lock:
        _counted += 1
        if not condition:
            _wrong.append(what)
            if len(_wrong) <= 40:
                print(f"  WRONG (seed {seed}): {what}", flush=True)
    return bool(condition)


def say(words):
    print(f"  {words}", flush=True)


def rounds(short):
    """0, 1, 2...: so many in the short form, for so long in the long one; never fewer."""
    end = time.monotonic() + seconds
    number = 0
    while number < short or time.monotonic() < end:
        yield number
        number += 1


def until(condition, longest=30.0):
    """Asks again until it is so; False when the time is over."""
    end = time.monotonic() + longest
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def manage(server, path, method="GET", accept="*/*"):
    """Status and text of the management door."""
    request = urllib.request.Request(f"http://127.0.0.1:{server.management}{path}", method=method, data=b"" if method == "POST" else None, headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def ready(server):
    try:
        return manage(server, "/readyz")[0] == 200
    except OSError:
        return False


def kill_and_start(server, up):
    """While `up` is set the others may speak. Returns the seconds until it was ready again."""
    up.clear()
    server.kill()
    took = start_until_ready(server)
    up.set()
    return took


def start_until_ready(server):
    """Starts a server that was killed; seconds until it says that it is ready."""
    server.start()
    until(lambda: ready(server))
    return time.monotonic() - server.begun


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def figures(values, unit="ms", scale=1000):
    return f"p50 {percentile(values, .5) * scale:.0f}, p99 {percentile(values, .99) * scale:.0f}, most {max(values, default=float('nan')) * scale:.0f} {unit}"


def run(tests, *arguments):
    """Calls each test; one that breaks is wrong and does not keep the others from running."""
    for test in tests:
        begun = time.monotonic()
        try:
            test(*arguments)
        except Exception as error:
            own = [f for f in traceback.extract_tb(error.__traceback__) if "/reliability/" in f.filename]
            that(False, f"{test.__name__} broke in {pathlib.Path(own[-1].filename).name}:{own[-1].lineno}: {type(error).__name__}: {error}")
        say(f"[{test.__name__}: {time.monotonic() - begun:.1f} s]")


def finish(name, words):
    if len(_wrong) > 40:
        say(f"and {len(_wrong) - 40} more")
    say(f"{name}: {words}; {_counted} checks, {len(_wrong)} wrong")
    raise SystemExit(1 if _wrong else 0)
