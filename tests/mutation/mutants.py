"""Small faults in source code: what is changed is one expression or one statement, each a likely slip."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_CALLED = {"min": "max", "floor": "ceil", "minimum": "maximum", "any": "all", "argmin": "argmax"}
_CALLED |= {other: name for name, other in _CALLED.items()}

# Keywords that guard against what cannot happen, or only cost time: without them the same is computed.
_GUARDS = {"strict", "copy", "stacklevel", "slots", "frozen", "kw_only", "order"}
_FLOAT_TIMES = 1.05


@dataclass(frozen=True)
class Mutant:
    """One fault: the bytes from ``start`` to ``end`` of a file, ``old``, are replaced."""

    path: str
    line: int
    start: int
    end: int
    old: str
    new: str
    what: str

    def applied(self, source: bytes) -> bytes:
        """The source with the fault."""
        return source[: self.start] + self.new.encode() + source[self.end :]


def mutants_of(path: str, source: str) -> list[Mutant]:
    """Every fault that one file can be given, in order of place."""
    lines = [len(line.encode()) for line in source.splitlines(keepends=True)]
    starts = [sum(lines[:n]) for n in range(len(lines))]
    found = []
    for node, new, what in _faults(ast.parse(source)):
        assert isinstance(node, ast.expr | ast.stmt)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        old = source.encode()[start:end].decode()
        found.append(Mutant(path, node.lineno, start, end, old, new, what))
    return sorted(found, key=lambda mutant: (mutant.start, mutant.end, mutant.what))


def _faults(tree: ast.AST) -> Iterator[tuple[ast.AST, str, str]]:
    """Node, replacement and description; texts for people, annotations and decorators are left alone."""
    for node in _code(tree):
        if isinstance(node, ast.Raise):
            yield node, "pass", "raise removed"
        elif isinstance(node, ast.Continue | ast.Break):
            other = "break" if isinstance(node, ast.Continue) else "continue"
            yield node, other, f"becomes {other}"
        elif isinstance(node, ast.AugAssign):
            yield node, "pass", "assignment removed"
            if (swapped := _CALCULATED.get(type(node.op))) is not None:
                yield node, ast.unparse(_with(node, op=swapped())), f"becomes {swapped.__name__}"
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield node, "pass", "call removed"
        elif isinstance(node, ast.Return) and not _is_none(node.value):
            yield node, "return None", "returns None"
        elif isinstance(node, ast.expr):
            yield from ((node, f"({new})", what) for new, what in _of_expression(node))
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            yield node.test, f"(not ({ast.unparse(node.test)}))", "condition turned round"


def _of_expression(node: ast.expr) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Compare(ops=[operator]):
            for swapped in _COMPARED[type(operator)]:
                yield ast.unparse(_with(node, ops=[swapped()])), f"becomes {swapped.__name__}"
        case ast.Compare(ops=operators):
            for place in range(len(operators)):
                ops = [_COMPARED[type(o)][0]() if n == place else o for n, o in enumerate(operators)]
                yield ast.unparse(_with(node, ops=ops)), f"becomes {type(ops[place]).__name__}"
        case ast.BinOp(op=operator) if type(operator) in _CALCULATED and not _is_text(node):
            swapped = _CALCULATED[type(operator)]
            yield ast.unparse(_with(node, op=swapped())), f"becomes {swapped.__name__}"
        case ast.BoolOp(op=operator):
            other = ast.Or if isinstance(operator, ast.And) else ast.And
            yield ast.unparse(_with(node, op=other())), f"becomes {other.__name__}"
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield ast.unparse(node.operand), "sign or negation removed"
        case ast.Constant(value=bool() as value):
            yield repr(not value), f"{value} becomes {not value}"
        case ast.Constant(value=int() as value):
            yield repr(value + 1), f"{value} becomes {value + 1}"
        case ast.Constant(value=float() as value):
            new = value * _FLOAT_TIMES if value else 1.0
            yield repr(new), f"{value} becomes {new}"
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            yield ast.unparse(_with(node, func=ast.Name(_CALLED[name]))), f"becomes {_CALLED[name]}"
        case ast.Call(func=ast.Attribute(attr=name) as method) if name in _CALLED:
            renamed = _with(method, attr=_CALLED[name])
            yield ast.unparse(_with(node, func=renamed)), f"becomes {_CALLED[name]}"


def _with(node: ast.AST, **changes: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _is_text(node: ast.BinOp) -> bool:
    """Whether an operator joins or formats texts, as far as the source tells."""
    sides = (node.left, node.right)
    return any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in sides
    )


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that compute: without messages of errors, annotations, decorators and f-strings."""
    yield node
    for name, value in ast.iter_fields(node):
        if isinstance(node, ast.Raise | ast.JoinedStr) or name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.keyword) and child.arg in _GUARDS:
                continue
            if isinstance(child, ast.AST) and not _is_for_types(child):
                yield from _code(child)


def _is_for_types(node: ast.AST) -> bool:
    """``if TYPE_CHECKING:`` and definitions of types."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Subscript | ast.BinOp)
        and node.targets[0].id[:1].isupper()
        and not node.targets[0].id.isupper()
    )
