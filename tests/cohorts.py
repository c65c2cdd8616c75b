"""Generated cohorts: small label files with known volumes, and a manifest."""

from __future__ import annotations

import csv
import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from phantoms import couinaud_block, write_nifti


def make_cohort(folder: Path, cases: int, *, broken: int = 0, assessed_every: int = 1, seed: int = 5) -> Path:
    """Write label files and ``manifest.csv``; ``broken`` of the files end in their middle.

    One case in ``assessed_every`` is assessed; the others are counted, which takes a tenth of the time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    bad = set(rng.sample(range(cases), broken))
    rows = []
    for number in range(cases):
        columns = (rng.randint(3, 7), rng.randint(3, 7), rng.randint(9, 20), rng.randint(8, 15))
        block = couinaud_block(tumours=((6, 3),), columns_voxels=columns)
        path = folder / f"s{number}.nii.gz"
        write_nifti(path, block.segments, block.grid)
        if number in bad:
            path.write_bytes(path.read_bytes()[:200])
        os.utime(path, (1.6e9, 1.6e9))
        rows.append(
            {
                "case_id": f"c{number:04d}",
                "inputs": path.name,
                "tumours": "none",
                "weight": str(rng.randint(50, 110)),
                "height": str(rng.randint(150, 195)),
                "condition": rng.choice(("normal", "chemotherapy")),
                "plan": "H5678",
                "only": "" if number % assessed_every == 0 else "volumes",
            }
        )
    return write_manifest(folder / "manifest.csv", rows)


def write_manifest(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """Write a manifest with the columns that the rows have."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_table(path: Path) -> list[dict[str, str]]:
    """A table as text."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
