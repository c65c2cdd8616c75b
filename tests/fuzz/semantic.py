"""Semantic mutations: several lies about one map at once, in a format that can carry them all.

``tests/lies`` tells every lie by itself. Damage comes together: a map is turned and cropped, renumbered and
smoothed, and one fault may hide what gives the other away. Each mutation is drawn from one number, so that a
failure can be told again: ``python tests/fuzz/semantic.py --inputs 1000 --seed 1``.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lies.carriers import CARRIERS
from lies.cases import Answer, Case, answer_of, phantom
from lies.run import LIES, truth
from lies.telling import Lie

MOST_LIES = 3
_TWISTS = tuple(
    lie
    for lie in LIES.values()
    # What somebody states or accepts is no damage to a map; a harmless change hides nothing.
    if lie.twist is not None and lie.group != "statements" and "harmless" not in lie.expects
)
_UNTWISTABLE = (IndexError, ValueError, KeyError, ZeroDivisionError)


@dataclass(frozen=True)
class Mutation:
    """Some lies at once."""

    number: int
    lies: tuple[str, ...]
    carrier: str
    case: Case


@cache
def true() -> Answer:
    """What the unmutated map earns."""
    return truth(phantom())


def mutation(number: int, seed: int) -> Mutation:
    """Two or three lies that one format can carry, one told about what the others left."""
    random = np.random.default_rng([seed, number])
    while True:
        told: list[Lie] = []
        case, carriers = phantom(), set(CARRIERS)
        for place in random.permutation(len(_TWISTS))[: 2 + int(random.integers(MOST_LIES - 1))]:
            lie = _TWISTS[place]
            assert lie.twist is not None
            both = carriers & set(lie.carriers)
            try:
                twisted = lie.twist(case, random)
            except _UNTWISTABLE:
                continue  # the lies before it left nothing that it could be told about
            if both and not twisted.accepted and twisted.segments.any():
                case, carriers = twisted, both
                told.append(lie)
        if len(told) > 1:
            chosen = sorted(carriers)[int(random.integers(len(carriers)))]
            return Mutation(number, tuple(lie.name for lie in told), chosen, case)


def fault_of(number: int, seed: int) -> str:
    """What is wrong with the answer to a mutation; empty where nothing is.

    A refusal of ours is an answer. No flag may reassure where that of the unmutated map is another; any
    exception of another kind is a fault.
    """
    mutated = mutation(number, seed)
    shown = f"{number} of seed {seed}: {' + '.join(mutated.lies)}, as {mutated.carrier}"
    with TemporaryDirectory() as folder:
        try:
            said = answer_of(mutated.case, CARRIERS[mutated.carrier], Path(folder))
        except Exception as error:  # noqa: BLE001  # whatever is not a refusal of ours
            return f"{shown}: {type(error).__name__}: {error}"
    misled = {plan: flag for plan, flag in said.reassuring.items() if true().flags.get(plan) != flag}
    return f"{shown}: {misled}, noticed {sorted(said.noticed)}" if misled else ""


def main() -> int:
    """Tell so many mutations; 1 where one of them is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    faults = [fault for number in range(args.inputs) if (fault := fault_of(number, args.seed))]
    print("\n".join([*faults, f"{args.inputs} mutations, {len(faults)} faults"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
