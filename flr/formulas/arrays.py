"""Equations written for one body, applied to many: a number gives a number, an array an array."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, cast, overload

from flr.errors import CriterionError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

P = ParamSpec("P")

_SCALARS = (float, int, str, type(None))


class Formula(Protocol[P]):
    """An equation that takes numbers, or arrays of them that broadcast together."""

    __name__: str

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> float: ...

    @overload
    def __call__(self, *args: ArrayLike, **kwargs: ArrayLike) -> NDArray[np.float64]: ...


def elementwise(function: Callable[P, float]) -> Formula[P]:
    """Let an equation take arrays beside numbers.

    Every element goes through the same arithmetic as a number alone, so that both agree to the last digit.
    Lists, tuples and columns of a table count as arrays and give a NumPy array; inputs of different shapes
    broadcast. An element out of range raises CriterionError, as the number alone does, and says which it is.

    >>> double = elementwise(lambda volume_ml: 2.0 * volume_ml)
    >>> double(1.5), double([1.0, 2.5])
    (3.0, array([2., 5.]))
    """

    @functools.wraps(function)
    def applied(*args: Any, **kwargs: Any) -> Any:
        if all(isinstance(value, _SCALARS) for value in (*args, *kwargs.values())):
            return function(*args, **kwargs)
        return _each(function, args, kwargs)

    return cast("Formula[P]", applied)


def _each(function: Callable[..., float], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    import numpy as np

    given = [*args, *kwargs.values()]
    if any(np.ma.is_masked(value) for value in given):
        raise CriterionError(
            "masked elements have no value; expected arrays without a mask: leave those elements out first"
        )
    try:
        arrays = [np.asarray(value) for value in given]
    except ValueError as error:
        raise CriterionError("a list of lists of different lengths; expected a rectangular array") from error
    try:
        columns = np.broadcast_arrays(*arrays)
    except ValueError as error:
        shapes = ", ".join(str(array.shape) for array in arrays if array.shape)
        raise CriterionError(
            f"arrays of the shapes {shapes}; expected one shape, or shapes that broadcast together"
        ) from error
    shape = columns[0].shape
    found = np.empty(shape)
    lists = [column.ravel().tolist() for column in columns]
    for n, values in enumerate(zip(*lists, strict=True)):
        try:
            found.flat[n] = function(
                *values[: len(args)], **dict(zip(kwargs, values[len(args) :], strict=True))
            )
        except (CriterionError, TypeError) as error:
            if not shape:
                raise
            place = ", ".join(str(int(i)) for i in np.unravel_index(n, shape))
            reason = error if isinstance(error, CriterionError) else f"{values} are not all numbers"
            raise CriterionError(f"element [{place}]: {reason}") from error
    return found if shape else float(found)
