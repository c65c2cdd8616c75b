"""What has been shown of a case: rows with their status and evidence, and what a person accepts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from flr.errors import UsageError
from flr.quality.finding import QualityFinding, ReassuranceRow

Status = Literal["shown", "against", "not shown", "accepted", "not applicable"]

ROW_KEYS: Final[tuple[ReassuranceRow, ...]] = get_args(ReassuranceRow)
"""Every row of the reassurance table, in the order in which it is printed."""

# Of several pieces of evidence for one row the first of these decides.
_DOMINANCE: Final[tuple[Status, ...]] = ("against", "not shown", "accepted", "shown", "not applicable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one row of the reassurance table.

    Parameters
    ----------
    row : str
    status : {"shown", "against", "not shown", "accepted", "not applicable"}
    evidence : str
        In words, with the numbers.
    reason, who : str or None
        Why an accepted row or check was accepted, and by whom.
    check : str or None
        The accepted check; the flag is then at best ``borderline``.
    error : str or None
        The check whose error, or estimate, leaves the row not shown: accepted with its row, it counts as an
        accepted check.
    is_graded : bool
        The flag itself answers what speaks against the row (``adverse_fact``, ``plan_leaves_tumour``, at best
        ``borderline``), so it is not named as missing.
    is_urgent : bool
        To be said in the headline, in whole.
    """

    row: ReassuranceRow
    status: Status
    evidence: str
    reason: str | None = None
    who: str | None = None
    check: str | None = None
    error: str | None = None
    is_graded: bool = False
    is_urgent: bool = False

    @property
    def said(self) -> str:
        """The row, with why and by whom it was accepted.

        >>> Evidence(row="side", status="accepted", evidence="", reason="a large caudate", who="Dr A").said
        'side (a large caudate, Dr A)'
        """
        given = ", ".join(part for part in (self.reason, self.who) if part)
        return f"{self.row} ({given or 'by the user, no reason given'})"

    @property
    def is_missing(self) -> bool:
        """Whether the row keeps the flag from being reassuring without the flag itself saying why."""
        return self.status == "not shown" or (self.status == "against" and not self.is_graded)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A row that is not shown, or a check, for which somebody takes responsibility.

    ``text`` is what was given: ``KEY`` or ``KEY=reason, who``.
    """

    key: str
    reason: str | None
    who: str | None

    @classmethod
    def of(cls, text: str) -> Acceptance:
        """What ``KEY`` or ``KEY=reason, who`` says; what follows the last comma names the person.

        >>> Acceptance.of("reviewed=seen on every slice, Dr A")
        Acceptance(key='reviewed', reason='seen on every slice', who='Dr A')
        >>> Acceptance.of("islands")
        Acceptance(key='islands', reason=None, who=None)
        """
        key, _, rest = (part.strip() for part in text.partition("="))
        reason, comma, who = rest.rpartition(",")
        if not comma:
            reason, who = who, ""
        return cls(key, reason.strip() or None, who.strip() or None)

    @property
    def said(self) -> str:
        """By whom and why, in words.

        >>> Acceptance.of("side=a small caudate, Dr A").said, Acceptance.of("side").said
        ('accepted: a small caudate, Dr A', 'accepted by the user')
        """
        given = ", ".join(part for part in (self.reason, self.who) if part)
        return f"accepted: {given}" if given else "accepted by the user"


def split_acceptances(texts: Iterable[str]) -> tuple[str, ...]:
    """What options or cells accept, one by one.

    Semicolons part entries. Commas and spaces part keys too, but where a reason is given they belong to it.

    >>> split_acceptances(["islands,holes", "side=large caudate, Dr A; tumours"])
    ('islands', 'holes', 'side=large caudate, Dr A', 'tumours')
    """
    pieces = [piece.strip() for text in texts for piece in text.split(";")]
    return tuple(
        entry
        for piece in pieces
        for entry in ([piece] if "=" in piece else piece.replace(",", " ").split())
        if entry
    )


def acceptances(texts: Iterable[str], checks: Iterable[str]) -> tuple[Acceptance, ...]:
    """What is accepted, understood.

    Parameters
    ----------
    texts : iterable of str
        ``KEY`` or ``KEY=reason, who``, each.
    checks : iterable of str
        Keys of every check.

    Raises
    ------
    UsageError
        If a key is neither a row nor a check: the message names the rows.

    Examples
    --------
    >>> acceptances(["revewed"], ["islands"])
    Traceback (most recent call last):
    flr.errors.UsageError: --accept 'revewed': no row or check is called so; did you mean 'reviewed'? ...
    """
    found = tuple(Acceptance.of(text) for text in texts)
    known = (*ROW_KEYS, *checks)
    for one in found:
        if one.key not in known:
            import difflib

            near = difflib.get_close_matches(one.key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise UsageError(
                f"--accept {one.key!r}: no row or check is called so{hint} The rows are "
                f"{', '.join(ROW_KEYS)}; the checks stand in docs/quality.md"
            )
    return found


def settled(pieces: Iterable[Evidence], accepted: Sequence[Acceptance] = ()) -> tuple[Evidence, ...]:
    """One piece of evidence for every row that there is any for, accepted ones counted, in the rows' order.

    What speaks against a row is never accepted.

    >>> [one] = settled([Evidence(row="side", status="not shown", evidence="a large caudate")],
    ...                 [Acceptance.of("side=known, Dr A")])
    >>> one.status, one.reason, one.who
    ('accepted', 'known', 'Dr A')
    """
    by_key = {one.key: one for one in accepted}
    together: dict[ReassuranceRow, list[Evidence]] = {}
    for piece in pieces:
        given = by_key.get(piece.row)
        if given is not None and piece.status == "not shown":
            piece = replace(
                piece,
                status="accepted",
                reason=given.reason,
                who=given.who,
                check=piece.error,
                is_urgent=False,
            )
        together.setdefault(piece.row, []).append(piece)
    return tuple(_joined(together[row]) for row in ROW_KEYS if row in together)


def _joined(pieces: Sequence[Evidence]) -> Evidence:
    status = min((piece.status for piece in pieces), key=_DOMINANCE.index)
    deciding = [piece for piece in pieces if piece.status == status]
    words = "; ".join(dict.fromkeys(piece.evidence for piece in deciding if piece.evidence))
    return Evidence(
        row=deciding[0].row,
        status=status,
        evidence=words,
        reason="; ".join(dict.fromkeys(p.reason for p in deciding if p.reason)) or None,
        who="; ".join(dict.fromkeys(p.who for p in deciding if p.who)) or None,
        check=next((piece.check for piece in pieces if piece.check), None),
        is_graded=not any(piece.is_missing for piece in pieces),
        is_urgent=any(piece.is_urgent for piece in pieces),
    )


def lowered(findings: Iterable[QualityFinding], accepted: Sequence[Acceptance]) -> tuple[QualityFinding, ...]:
    """Findings with every accepted ``error`` lowered to a ``warning`` that says by whom and why."""
    by_key = {one.key: one for one in accepted}
    return tuple(
        replace(f, severity="warning", message=f"{f.message} ({by_key[f.check].said})")
        if f.check in by_key and f.severity == "error"
        else f
        for f in findings
    )
