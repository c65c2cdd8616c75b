"""A scan of 512×512×400 voxels with its image: the report stays small in memory, in time and on the disk."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

MOST_MEMORY_BYTES = 1.5 * 2**30
MOST_PAGE_BYTES = 8_000_000

# A process of its own, so that its memory is its own.
_RUN = """
import json, sys, time
from flr.cli import main
from flr.report import save

spent = {}
inner = save.save_report

def timed(*arguments, **options):
    spent["before"] = time.process_time()
    made = inner(*arguments, **options)
    spent["after"] = time.process_time()
    return made

save.save_report = timed
code = main(sys.argv[1:])
# What the parent held before it started this process counts in ru_maxrss, and not here.
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024
print(json.dumps({"code": code, "peak_bytes": peak, **spent}))
"""


@pytest.mark.slow
def test_a_large_scan_with_its_image(tmp_path: Path, checkout: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of memory is read from /proc")
    spec = importlib.util.spec_from_file_location("workload", checkout / "benchmarks" / "workload.py")
    assert spec is not None
    assert spec.loader is not None
    workload = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(workload)
    segments, tumours, _ = workload.liver()
    for name, voxels in (("segments", segments), ("tumours", tumours)):
        workload.write(tmp_path / f"{name}.nii.gz", workload.slices(voxels, 400), 400)
    chance = np.random.default_rng(1)
    image = np.empty((512, 512, 400), dtype=np.int16, order="F")
    for k, plane in enumerate(workload.slices(segments, 400)):
        noise = chance.integers(-30, 30, plane.shape, dtype=np.int16)
        image[:, :, k] = (np.where(plane > 0, 110, -20).astype(np.int16) + noise).T
    reference = nib.load(tmp_path / "segments.nii.gz")
    nib.save(nib.Nifti1Image(image, reference.affine), tmp_path / "ct.nii")
    del image

    command = [
        "assess",
        "--segments",
        "segments.nii.gz",
        "--scheme",
        "couinaud_8",
        "--tumours",
        "tumours.nii.gz",
    ]
    command += ["--image", "ct.nii", "--weight", "72", "--height", "171", "--condition", "chemotherapy"]
    command += ["--plan", "H5678", "--plan", "H67", "--out", "report", "--format", "json,html,pdf"]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *command], cwd=tmp_path, capture_output=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    seen = json.loads(done.stdout.decode().splitlines()[-1])
    assert seen["code"] == 0
    assert seen["peak_bytes"] < MOST_MEMORY_BYTES
    assert (tmp_path / "report" / "report.html").stat().st_size < MOST_PAGE_BYTES
    # Reading and assessing come first; drawing costs a few times as much, whatever the machine.
    assert seen["after"] - seen["before"] < 12.0 * seen["before"]
