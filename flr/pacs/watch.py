"""A worker that answers every new segmentation of an archive, once."""

from __future__ import annotations

import multiprocessing
import re
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from flr.assessment import Options
from flr.errors import EnvironmentFailure, FLRError
from flr.pacs.address import Address
from flr.pacs.archive import ArchiveUnreachable, short_name
from flr.pacs.connect import open_archive
from flr.pacs.ledger import Item, Ledger, State
from flr.pacs.rules import Rule
from flr.pacs.work import Outcome, Task, answer, die_with_parent

NO_RULE = "no rule fits"

_PLACE = re.compile(r'File "([^"]+)", line (\d+)')


@dataclass(frozen=True, slots=True)
class Watch:
    """How to watch.

    Parameters
    ----------
    address : Address
    rules : tuple of Rule
    folder : Path
        Ledger and files in work; holds images while a case is worked on.
    interval_s : float
        Between two looks.
    settle_s : float
        A study is left alone until nothing was added to it for so long.
    most_attempts : int
        For a case that fails by something outside; the archive's own absence does not count.
    most_s : float
        For one case.
    from_now : bool
        Segmentations that are there at the very first look are left alone.
    options : Options
        How is graded: errors of measurement, and what a site sets for all of its cases.
    """

    address: Address
    rules: tuple[Rule, ...]
    folder: Path
    interval_s: float = 30.0
    settle_s: float = 60.0
    most_attempts: int = 5
    most_s: float = 900.0
    from_now: bool = False
    options: Options = field(default_factory=Options)


@dataclass(slots=True)
class Worker:
    """The watcher at work: looks, answers, writes down."""

    watch: Watch
    say: Callable[[str], None]
    stop: threading.Event = field(default_factory=threading.Event)
    unreachable: bool = False
    _counts: dict[str, int] = field(default_factory=dict)
    _unchanged_since_s: dict[str, float] = field(default_factory=dict)
    _tried_at_s: dict[str, float] = field(default_factory=dict)
    _pool: ProcessPoolExecutor | None = None

    def run(self, ledger: Ledger, *, once: bool = False) -> None:
        """Look and answer until stopped; ``once``: until nothing is left to do now.

        Raises
        ------
        EnvironmentFailure
            With ``once``, if the archive cannot be reached.
        """
        for item in ledger.items("working"):
            # The process ended in the middle of it; doing it again changes nothing that is stored.
            ledger.set(item.series_uid, "waiting", reason="interrupted")
        try:
            while not self.stop.is_set():
                self._round(ledger, once)
                if once and all(item.series_uid in self._tried_at_s for item in ledger.items("waiting")):
                    break
                pause_s = min(self.watch.settle_s, self.watch.interval_s) if once else self.watch.interval_s
                self.stop.wait(pause_s)
        finally:
            self._end_pool()

    def _round(self, ledger: Ledger, once: bool) -> None:
        """One look at the archive and everything that can be done after it."""
        try:
            self._look(ledger)
        except ArchiveUnreachable as error:
            if once:
                raise
            self._tell_unreachable(str(error))
            return
        self.unreachable = False
        for item in ledger.items("waiting"):
            if self.stop.is_set():
                break
            rule = self._rule_of(item, ledger)
            if rule is None or not self._is_settled(item) or not self._is_due(item, once):
                continue
            self._tried_at_s[item.series_uid] = time.monotonic()
            if not self._answer(item, rule, ledger):
                if once:
                    raise ArchiveUnreachable("the archive went away; run the command again to go on")
                break

    def _tell_unreachable(self, message: str) -> None:
        if not self.unreachable:
            self.say(f"waiting: {message}")
        self.unreachable = True

    def _look(self, ledger: Ledger) -> None:
        """Note every segmentation that the archive has and the ledger has not."""
        archive = open_archive(self.watch.address)
        known = {item.series_uid: item for item in ledger.items()}
        first = not known and self.watch.from_now
        modalities = dict.fromkeys(name for rule in self.watch.rules for name in rule.modality)
        sizes: dict[str, int] = {}
        for modality in modalities:
            for entry in archive.series({"Modality": modality}):
                if entry.modality != modality or entry.is_own:
                    continue
                rule = next((rule for rule in self.watch.rules if rule.fits(entry)), None)
                name = "" if rule is None else rule.name
                item = known.get(entry.series_uid)
                if item is None:
                    reason = NO_RULE if rule is None else "was there before" if first else ""
                    state: State = "ignored" if reason else "waiting"
                    ledger.add(entry.series_uid, entry.study_uid, modality, state, rule=name, reason=reason)
                elif rule is not None and item.state == "ignored" and item.reason == NO_RULE:
                    ledger.set(entry.series_uid, "waiting", rule=name)
        if self.watch.settle_s <= 0:
            return
        for item in ledger.items("waiting"):
            listed = archive.series({"StudyInstanceUID": item.study_uid})
            sizes[item.study_uid] = sum(e.instances or 0 for e in listed if not e.is_own)
        now_s = time.monotonic()
        for study, size in sizes.items():
            if self._counts.get(study) != size:
                self._unchanged_since_s[study] = now_s
        self._counts = sizes

    def _rule_of(self, item: Item, ledger: Ledger) -> Rule | None:
        rule = next((rule for rule in self.watch.rules if rule.name == item.rule), None)
        if rule is None:
            ledger.set(item.series_uid, "ignored", reason=NO_RULE)
        return rule

    def _is_settled(self, item: Item) -> bool:
        if self.watch.settle_s <= 0:
            return True
        since_s = self._unchanged_since_s.get(item.study_uid)
        return since_s is not None and time.monotonic() - since_s >= self.watch.settle_s

    def _is_due(self, item: Item, once: bool) -> bool:
        """Whether a case that failed before may be tried again: later after each failure."""
        last = self._tried_at_s.get(item.series_uid)
        if last is None:
            return True
        return not once and time.monotonic() - last >= self.watch.interval_s * 2.0**item.attempts

    def _answer(self, item: Item, rule: Rule, ledger: Ledger) -> bool:
        """Answer one segmentation; False where the archive is gone."""
        name = short_name(item.series_uid)
        watch = self.watch
        task = Task(
            watch.address, item.study_uid, item.series_uid, rule, watch.folder / "work", options=watch.options
        )
        ledger.set(item.series_uid, "working")
        pool = self._started_pool()
        future = pool.submit(answer, task)
        error = _error_of(future, self.watch.most_s)
        if error is None:
            outcome: Outcome = future.result()
            ledger.set(item.series_uid, "done", results=outcome.results)
            self.say(f"{name}: done, {outcome.results} objects stored; {', '.join(outcome.flags)}")
            return True
        if isinstance(error, ArchiveUnreachable):
            ledger.set(item.series_uid, "waiting", reason=str(error))
            self._tell_unreachable(str(error))
            return False
        if isinstance(error, TimeoutError | BrokenProcessPool):
            self._end_pool()
        reason = _reason(error, self.watch.most_s)
        count = item.attempts + 1
        passing = isinstance(error, EnvironmentFailure | BrokenProcessPool)
        if passing and count < self.watch.most_attempts:
            ledger.set(item.series_uid, "waiting", reason=reason, attempts=count)
            self.say(f"{name}: waits after attempt {count}: {reason}")
        else:
            ledger.set(item.series_uid, "failed", reason=reason, attempts=count)
            shutil.rmtree(self.watch.folder / "work" / name, ignore_errors=True)
            self.say(f"{name}: failed: {reason}")
        return True

    def _started_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # A process of its own: nothing that a case does to it can stop the watcher.
            self._pool = ProcessPoolExecutor(
                max_workers=1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=die_with_parent,
            )
        return self._pool

    def _end_pool(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list((pool._processes or {}).values()):
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)


def _error_of(future: Future[Outcome], most_s: float) -> BaseException | None:
    """What went wrong, whatever it was; nothing where nothing did."""
    try:
        return future.exception(timeout=most_s)
    except TimeoutError as error:
        return error


def _reason(error: BaseException, most_s: float) -> str:
    """Why, for the ledger and the log: never a message that was not written for people to read."""
    if isinstance(error, FLRError):
        return str(error)
    if isinstance(error, BrokenProcessPool):
        return "the process that worked on it ended suddenly; is there enough memory?"
    if isinstance(error, TimeoutError):
        return f"took longer than {most_s:.0f} s"
    # The text of the other process's traceback; its last line may quote data and is not shown.
    places = _PLACE.findall(str(error.__cause__))
    place = f" in {Path(places[-1][0]).name}:{places[-1][1]}" if places else ""
    return f"unexpected {type(error).__name__}{place}; please report it"


def summary(items: Sequence[Item]) -> str:
    """The ledger as a table for people."""
    lines = [f"{'case':<10}{'state':<9}{'objects':>7}  reason"]
    lines += [
        f"{short_name(item.series_uid):<10}{item.state:<9}{item.results:>7}  {item.reason}".rstrip()
        for item in items
    ]
    return "\n".join(lines)
