"""``flr demo``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from flr.cli import options


def parser() -> argparse.ArgumentParser:
    """The arguments of this command."""
    p = options.Parser("demo", "Assess the bundled case, end to end.")
    p.add_argument("--out", type=Path, default=Path("flr-demo"), metavar="DIR", help="default ./flr-demo/")
    options.add_json(p)
    return p


def run(argv: Sequence[str]) -> int:
    """Assess the bundled case as a user would, with the same command."""
    args = parser().parse_args(list(argv))

    from flr.cli import assess
    from flr.io.sample import sample_folder

    folder = sample_folder() / "baseline"
    command = [
        str(folder / "segments.nii.gz"),
        f"--tumours={folder / 'tumours.nii.gz'}",
        f"--vessels={folder / 'vessels.nii.gz'}",
        f"--image={folder / 'ct.nii.gz'}",
        *("--weight", "72", "--height", "171", "--age", "63", "--sex", "F"),
        *("--condition", "chemotherapy", "--diagnosis", "crlm"),
        *("--plan", "H5678", "--plan", "H45678", "--plan", "H67"),
        *("--scan-date", "2026-01-04", "--phase", "portal venous", "--slice-thickness", "2.5"),
        *("--segmented-by", "formulas (no patient)", "--report-date", "2026-01-12"),
        *("--case-id", "demo"),
        *("--out", str(args.out)),
    ]
    return assess.run([*command, "--json"] if args.json else command)
