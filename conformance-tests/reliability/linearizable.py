# SPDX-License-Identifier: Apache-2.0
"""Could what eight clients saw of one resource have happened one after the other?

A search after Wing and Gong, with Lowe's memory of places that lead nowhere: every operation takes effect at one instant between its call and
its return; one without an answer may have taken effect at any time behind its call, or never. The state is (version, value)."""
import bisect


class Operation:
    """kind: "read" or "write". condition: the version of If-Match, or None. outcome: "ok" with version and value, "stale" (412), "unknown"."""

    def __init__(self, kind, value, condition, called):
        self.kind, self.value, self.condition, self.called = kind, value, condition, called
        self.returned, self.outcome, self.version = float("inf"), "unknown", None

    def end(self, outcome, returned, version=None, value=None):
        self.outcome, self.returned, self.version = outcome, returned, version
        if self.kind == "read":
            self.value = value

    def after(self, state):
        """The states that it may leave behind when it takes effect in `state`; none: it cannot have."""
        version, _ = state
        if self.kind == "read":
            return [state] if self.outcome == "unknown" or state == (self.version, self.value) else []
        meets = self.condition is None or self.condition == version
        if self.outcome == "stale":
            return [] if meets else [state]
        if self.outcome == "unknown":
            return [(version + 1, self.value)] if meets else [state]
        return [(version + 1, self.value)] if meets and self.version == version + 1 else []

    def __repr__(self):
        condition = f" if {self.condition}" if self.condition is not None else ""
        return f"[{self.called:.4f} {self.returned:.4f}] {self.kind} {self.value}{condition}: {self.outcome} {self.version}"


def explain(history, state=(0, None)):
    """None when there is an order; otherwise the operations around the place behind which there is none."""
    history = sorted((one for one in history if one.outcome != "unknown" or one.kind == "write"), key=lambda one: one.called)
    last = max((i for i, one in enumerate(history) if one.outcome != "unknown"), default=-1)  # behind it nobody saw anything
    calls = [one.called for one in history]
    # A place: the first that is not done, those done behind it, the state.
    stack, seen, furthest = [(0, frozenset(), state)], set(), 0
    while stack:
        first, done, now = stack.pop()
        while first in done:
            done = done - {first}
            first += 1
        if (first, done, now) in seen:
            continue
        seen.add((first, done, now))
        furthest = max(furthest, first)
        if first > last:
            return None
        # Those that may come next were called before any that is open has returned.
        limit, open_ones, i = float("inf"), [], first
        while i < len(history) and history[i].called <= limit:
            if i not in done:
                limit = min(limit, history[i].returned)
                open_ones.append(i)
            i += 1
        open_ones = [i for i in open_ones if history[i].called <= limit]
        lost = [i for i in open_ones if history[i].outcome == "unknown"]
        # What has no answer comes last: most of it never happened or is seen soon. It may also be passed over for good.
        for i in reversed([i for i in open_ones if i not in lost] + lost):
            for then in history[i].after(now):
                stack.append((first, done | {i}, then))
        if first in lost:
            stack.append((first + 1, done - {first}, now))
    at = bisect.bisect_left(calls, history[furthest].called) if furthest < len(history) else len(history)
    return history[max(0, at - 8):at + 8]
