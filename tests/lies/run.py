"""Tell lies and judge what came of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import lies.doors
import lies.headers
import lies.patients
import lies.voxels  # noqa: F401  # all of them enter their lies in the list
from flr.errors import FLRError
from lies.carriers import CARRIERS
from lies.cases import REASSURING, Answer, Case, answer, answer_of
from lies.telling import LIES, Lie


@dataclass(frozen=True)
class Verdict:
    """One lie about one case in one format, and what is wrong with the answer; empty where nothing is.

    ``equal`` says of a lie that keeps the true flag by how much it changes the numbers: all of them stay
    within the error that is stated of the true map.
    """

    lie: str
    case: str
    carrier: str
    seed: int
    answer: Answer
    fault: str
    equal: str = ""

    def __str__(self) -> str:
        return f"{self.lie!r} about {self.case}, {self.carrier}, seed {self.seed}: {self.fault}"


def tell(lie: Lie, case: Case, carrier: str, seed: int, *, thorough: bool = False) -> Answer:
    """What an assessment of the lie says."""
    random = np.random.default_rng([seed, zlib.crc32(f"{lie.name} {carrier}".encode())])
    with TemporaryDirectory() as folder:
        if lie.tell is not None:
            try:
                said = lie.tell(case, Path(folder), random)  # type: ignore[call-arg]
                return said if isinstance(said, Answer) else answer(*said, thorough=thorough)  # type: ignore[misc]
            except FLRError as error:
                return Answer(refused=str(error))
        assert lie.twist is not None
        return answer_of(lie.twist(case, random), CARRIERS[carrier], Path(folder), thorough=thorough)


def fault_of(lie: Lie, true: Answer, said: Answer, *, strict: bool = True) -> str:
    """What is wrong with an answer to a lie; empty where nothing is.

    Never may a flag reassure where the true one is another. Strictly, no lie may reassure at all, and what is
    noticed must be what was expected. Otherwise the true flag may be kept where every number stays within the
    error stated of it: real livers have ends so thin that little is cut off.
    """
    if "harmless" in lie.expects:
        if said.refused:
            return f"a true map was refused: {said.refused}"
        due = true.flags if lie.twist else {plan: true.flags[plan] for plan in said.flags}
        return "" if said.flags == due else f"flags {dict(said.flags)}, true {dict(true.flags)}"
    if said.refused:
        return "" if "refused" in lie.expects or not strict else f"refused: {said.refused}"
    misled = {plan: flag for plan, flag in said.reassuring.items() if true.flags.get(plan) != flag}
    if said.reassuring if strict else misled:
        return f"reassuring: {said.reassuring}; found {sorted(said.found)}"
    if strict and not {*said.noticed, *said.flags.values()} & lie.expects:
        return f"expected {sorted(lie.expects)}, noticed {sorted(said.noticed)}"
    off = [] if strict or not said.reassuring else outside(true, said)
    return f"reassuring: {said.reassuring}, although {'; '.join(off)}" if off else ""


def outside(true: Answer, said: Answer) -> list[str]:
    """The numbers of an answer that lie outside the error stated of the true ones, or are missing."""
    off = []
    for name, (low, high) in true.stated.items():
        value = said.numbers.get(name, 0.0)
        if not low <= value <= high:
            off.append(f"{name} {value:.1f} is outside {low:.1f} to {high:.1f}")
    return off


def most_changed(true: Answer, said: Answer) -> str:
    """The number that a lie changes most, in relation to the error stated of it."""

    def in_errors(name: str) -> float:
        low, high = true.stated[name]
        return 2.0 * abs(said.numbers[name] - true.numbers[name]) / (high - low)

    name = max(true.stated, key=in_errors)
    low, high = true.stated[name]
    return f"{name} {true.numbers[name]:.1f} ({low:.1f} to {high:.1f}) → {said.numbers[name]:.1f}"


def truth(case: Case, *, thorough: bool = False) -> Answer:
    """What an assessment of the true map says."""
    with TemporaryDirectory() as folder:
        return answer_of(case, CARRIERS["memory"], Path(folder), thorough=thorough)


def judge(
    lies: Iterable[Lie],
    case: Case,
    *,
    seed: int,
    carriers: int = 0,
    thorough: bool = False,
    strict: bool = True,
) -> list[Verdict]:
    """Tell lies about a case in all of their formats, or in so many of them, chosen by the seed."""
    true, verdicts = truth(case, thorough=thorough or not strict), []
    for lie in lies:
        random = np.random.default_rng([seed, zlib.crc32(lie.name.encode())])
        told = list(lie.carriers)
        if carriers and len(told) > carriers:
            told = [told[n] for n in sorted(random.choice(len(told), carriers, replace=False))]
        for carrier in told:
            said = tell(lie, case, carrier, seed, thorough=thorough)
            fault = fault_of(lie, true, said, strict=strict)
            kept = said.reassuring and not (strict or fault or "harmless" in lie.expects)
            equal = most_changed(true, said) if kept else ""
            verdicts.append(Verdict(lie.name, case.name, carrier, seed, said, fault, equal))
    return verdicts


__all__ = ["LIES", "REASSURING", "Verdict", "fault_of", "judge", "tell", "truth"]
