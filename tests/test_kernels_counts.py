"""Counting and boxes against the slow, obvious way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from flr.errors import LabelError
from flr.kernels.box import FACES, Foreground, assemble, bounds_of, pieces_of
from flr.kernels.counts import add_counts, whole_labels


def random_labels(seed: int, dtype: type = np.uint8) -> np.ndarray:
    """A (k, j, i) map with blobs and empty rims; widths that no machine word divides included."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, (7, 20, 40))
    highest = int(rng.choice([1, 8, 200] if dtype is np.uint8 else [1, 300, 65535]))
    labels = rng.integers(0, highest + 1, size=shape)
    labels[rng.random(shape) < rng.choice([0.1, 0.7, 0.99])] = 0
    if rng.random() < 0.5:
        labels = np.repeat(labels, 5, axis=2)  # runs, so that whole words are uniform
    return labels.astype(dtype)


def naive_touches(labels: np.ndarray, label: int) -> set[str]:
    planes = {
        "i-": labels[:, :, 0],
        "i+": labels[:, :, -1],
        "j-": labels[:, 0],
        "j+": labels[:, -1],
        "k-": labels[0],
        "k+": labels[-1],
    }
    return {face for face, plane in planes.items() if (plane == label).any()}


def slabs_of(labels: np.ndarray, seed: int) -> list[tuple[int, np.ndarray]]:
    rng = np.random.default_rng(seed)
    cuts = sorted({0, len(labels), *rng.integers(0, len(labels) + 1, size=2).tolist()})
    return [(a, np.ascontiguousarray(labels[a:b])) for a, b in pairwise(cuts)]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("seed", range(40))
def test_counts_box_and_touches(seed: int, dtype: type) -> None:
    labels = random_labels(seed, dtype)
    n_values = 256 if dtype is np.uint8 else 65536
    counts = np.zeros(n_values, np.int64)
    foreground = Foreground(labels.shape[::-1], n_values)
    for first, slab in slabs_of(labels, seed):
        inside = foreground.add(slab, first)
        assert (inside is None) == (not slab.any())
        if inside is not None:
            add_counts(inside, counts)
    values, numbers = np.unique(labels[labels != 0], return_counts=True)
    assert dict(zip(values.tolist(), numbers.tolist(), strict=True)) == {
        int(v): int(counts[v]) for v in np.flatnonzero(counts)
    }
    for value in values.tolist():
        assert foreground.touches(value) == naive_touches(labels, value)
    where = np.argwhere(labels)[:, ::-1]
    expected = None
    if where.size:
        expected = (tuple(where.min(axis=0).tolist()), tuple((where.max(axis=0) + 1).tolist()))
    assert foreground.box == expected


def test_a_large_busy_slab_spans_several_blocks() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 105, size=(3, 401, 517)).astype(np.uint8)
    counts = np.zeros(256, np.int64)
    add_counts(labels, counts)
    expected = np.bincount(labels.ravel(), minlength=256)
    expected[0] = 0
    assert np.array_equal(counts, expected)


@pytest.mark.parametrize("seed", range(40))
def test_pieces_make_the_box(seed: int) -> None:
    labels = random_labels(seed, np.uint16 if seed % 3 == 0 else np.uint8)
    keep = None
    if seed % 2:
        keep = np.zeros(65536, bool)
        keep[1::2] = True
    pieces = [p for first, slab in slabs_of(labels, seed) for p in pieces_of(slab, first, keep)]
    kept = labels if keep is None else np.where(keep[labels], labels, 0)
    where = np.argwhere(kept)
    bounds = bounds_of(pieces)
    if not where.size:
        assert bounds is None
        return
    low, high = where.min(axis=0), where.max(axis=0) + 1
    assert bounds == (tuple(low[::-1].tolist()), tuple(high[::-1].tolist()))
    start, stop = bounds
    box = assemble(pieces, start, tuple(b - a for a, b in zip(start, stop, strict=True)))
    assert np.array_equal(box.T, kept[low[0] : high[0], low[1] : high[1], low[2] : high[2]])
    assert box.flags.f_contiguous
    assert box.dtype == (np.uint8 if kept.max() <= 255 else np.uint16)


def test_pieces_are_copies() -> None:
    slab = np.zeros((1, 3, 8), np.uint8)
    slab[0, 1, 2] = 5
    (piece,) = pieces_of(slab, 0)
    slab[...] = 9
    assert piece.labels.tolist() == [[5]]


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"])
def test_whole_numbers_of_any_type_are_labels(dtype: str) -> None:
    values = np.array([[0, 1, 8, 100], [0, 0, 127, 3]], dtype)
    labels = whole_labels(values, np.empty(8, np.uint16))
    assert labels.dtype == (np.uint8 if dtype in ("u1", "i1") else np.uint16)
    assert labels.tolist() == values.tolist()
    nothing = whole_labels(np.zeros((2, 4), dtype), np.full(8, 7, np.uint16))
    assert not nothing.any()


@pytest.mark.parametrize(
    ("dtype", "value", "said"),
    [
        ("i1", -3, "-3"),
        ("i2", -1000, "-1000"),
        ("i4", -1, "-1"),
        ("i8", 70000, "70000"),
        ("u4", 65536, "65536"),
        ("f4", 2.5, "2.5"),
        ("f8", np.nan, "nan"),
        ("f8", np.inf, "inf"),
        ("f8", -np.inf, "-inf"),
        ("f4", -0.5, "-0.5"),
        ("f8", 1e-300, "1e-300"),
    ],
)
def test_anything_else_is_refused_by_name(dtype: str, value: float, said: str) -> None:
    values = np.array([0, 1, 2, value], dtype)
    with pytest.raises(LabelError, match=f"label value {said};"):
        whole_labels(values, np.empty(4, np.uint16))


def test_the_largest_label_and_minus_zero_are_accepted() -> None:
    for dtype in ("u2", "i4", "u4", "f4", "f8"):
        assert whole_labels(np.array([65535, 0], dtype), np.empty(2, np.uint16)).tolist() == [65535, 0]
    assert whole_labels(np.array([-0.0, 1.0]), np.empty(2, np.uint16)).tolist() == [0, 1]
    assert whole_labels(np.array([-0.0, -0.0]), np.empty(2, np.uint16)).tolist() == [0, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_rounding_leaves_of_scaled_labels_is_no_fraction(dtype: type) -> None:
    scaled = (np.array([0, 255, 510, 300 * 255]) * (1.0 / 255.0)).astype(dtype)
    labels = whole_labels(scaled, np.empty(4, np.uint16))
    assert labels.tolist() == [0, 1, 2, 300]
    for wrong in (1.0002, 299.9, -0.001, 1e-9, np.nan):
        with pytest.raises(LabelError, match="whole numbers"):
            whole_labels(np.array([wrong, 1.0], dtype), np.empty(2, np.uint16))


def test_faces_are_named_by_axis_and_end() -> None:
    assert FACES == ("i-", "i+", "j-", "j+", "k-", "k+")
