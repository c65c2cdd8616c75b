"""An archive through DICOM's own network protocol: C-FIND, C-MOVE, C-STORE."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flr.errors import EnvironmentFailure, UsageError
from flr.pacs.address import Address, Credentials, credentials, tls_context
from flr.pacs.archive import (
    ArchiveRefused,
    ArchiveUnreachable,
    SeriesEntry,
    StoreReport,
    attempts,
    file_name,
)
from flr.write.dicom.files import write_dicom
from flr.write.dicom.rle import RLE_LOSSLESS

if TYPE_CHECKING:
    from pydicom import Dataset
    from pynetdicom.ae import ApplicationEntity
    from pynetdicom.association import Association

_T = TypeVar("_T")

_FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"
_MOVE: Final = "1.2.840.10008.5.1.4.1.2.2.2"
_EXPLICIT: Final = "1.2.840.10008.1.2.1"
_IMPLICIT: Final = "1.2.840.10008.1.2"
# Kinds that may come with a study, and the label map segmentation, which younger lists lack.
_RECEIVED: Final = (
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.2.2",
    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.4.4",
    "1.2.840.10008.5.1.4.1.1.66.4",
    "1.2.840.10008.5.1.4.1.1.66.7",
    "1.2.840.10008.5.1.4.1.1.481.3",
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.88.11",
    "1.2.840.10008.5.1.4.1.1.88.22",
    "1.2.840.10008.5.1.4.1.1.88.33",
    "1.2.840.10008.5.1.4.1.1.88.34",
    "1.2.840.10008.5.1.4.1.1.104.1",
)
_SYNTAXES: Final = (
    _EXPLICIT,
    _IMPLICIT,
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
)
_PENDING: Final = (0xFF00, 0xFF01)
_SUCCESS: Final = 0x0000
_OUT_OF_ROOM: Final = 0xA700
_WARNINGS: Final = (0xB000, 0xB006, 0xB007)
_CONTEXTS: Final = 120


class DimseArchive:
    """One archive that speaks DIMSE.

    Parameters
    ----------
    address : Address
    found : Credentials, optional
        Certificates; those of the environment by default.

    Raises
    ------
    EnvironmentFailure
        If the extra ``[pacs]`` is not installed.
    """

    def __init__(self, address: Address, found: Credentials | None = None) -> None:
        try:
            import pynetdicom  # noqa: F401  # only whether it is there
        except ImportError as error:
            raise EnvironmentFailure(
                "DICOM networking needs pynetdicom, which is not installed: pip install 'flr[pacs]'"
            ) from error
        # The library's log quotes identifiers.
        logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)
        self.address = address
        self._context = tls_context(found or credentials()) if address.tls else None

    @property
    def name(self) -> str:
        """Host and port."""
        return f"{self.address.host}:{self.address.port}"

    def studies(self, wanted: Mapping[str, str]) -> list[str]:
        """UIDs of the studies with these attributes (C-FIND)."""
        rows = self._found("STUDY", wanted, ("StudyInstanceUID",))
        return [str(row.get("StudyInstanceUID", "")) for row in rows]

    def series(self, wanted: Mapping[str, str]) -> list[SeriesEntry]:
        """Series with these attributes (C-FIND, study by study as the protocol asks for)."""
        if "StudyInstanceUID" in wanted:
            studies = [wanted["StudyInstanceUID"]]
        else:
            by_study = {k: v for k, v in wanted.items() if k not in ("Modality", "SeriesInstanceUID")}
            if "Modality" in wanted:
                by_study["ModalitiesInStudy"] = wanted["Modality"]
            studies = self.studies(by_study)
        asked = ("SeriesInstanceUID", "Modality", "SeriesDescription", "NumberOfSeriesRelatedInstances")
        entries = []
        for study in studies:
            rows = self._found("SERIES", {**wanted, "StudyInstanceUID": study}, asked)
            for row in rows:
                count = str(row.get("NumberOfSeriesRelatedInstances", "") or "")
                entries.append(
                    SeriesEntry(
                        study,
                        str(row.get("SeriesInstanceUID", "")),
                        str(row.get("Modality", "") or ""),
                        str(row.get("SeriesDescription", "") or ""),
                        int(count) if count.isdigit() else None,
                    )
                )
        return entries

    def instances(self, study_uid: str, series_uid: str) -> list[str]:
        """SOP instances of a series (C-FIND)."""
        wanted = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": series_uid}
        rows = self._found("IMAGE", wanted, ("SOPInstanceUID",))
        return [str(row.get("SOPInstanceUID", "")) for row in rows]

    def _found(self, level: str, wanted: Mapping[str, str], asked: Sequence[str]) -> list[Dataset]:
        from pydicom import Dataset

        query = Dataset()
        query.QueryRetrieveLevel = level
        for keyword in asked:
            setattr(query, keyword, None)
        for keyword, value in wanted.items():
            setattr(query, keyword, value)

        def ask() -> list[Dataset]:
            rows = []
            with self._associated([(_FIND, (_EXPLICIT, _IMPLICIT))]) as association:
                for status, row in association.send_c_find(query, _FIND):
                    code = _code(status)
                    if code in _PENDING and row is not None:
                        rows.append(row)
                    elif code is None:
                        raise ArchiveUnreachable(self._broken())
                    elif code != _SUCCESS:
                        raise ArchiveRefused(f"{self.name} refuses the query (status {code:04X})")
            return rows

        return self._tried(ask)

    def retrieve(self, entry: SeriesEntry, folder: Path) -> tuple[int, int]:
        """Bring a series into a folder (C-MOVE to ourselves); files that are there are whole and stay.

        Raises
        ------
        UsageError
            If no port to listen on was given.
        EnvironmentFailure
            If the archive stops answering, does not know us, or the disk is full; what has come stays.
        """
        from pydicom import Dataset
        from pynetdicom import AE, evt

        if not self.address.receive_port:
            raise UsageError(
                "C-MOVE needs a port on which the images can arrive: give --receive-port, and tell the"
                f" archive that {self.address.calling} listens there"
            )
        wanted = self.instances(entry.study_uid, entry.series_uid)
        old = sum((folder / file_name(uid)).exists() for uid in wanted)
        if wanted and old == len(wanted):
            return 0, old
        problems: list[EnvironmentFailure] = []

        def receive(event: Any) -> int:
            return _write(event, folder, problems)

        query = Dataset()
        query.QueryRetrieveLevel = "SERIES"
        query.StudyInstanceUID, query.SeriesInstanceUID = entry.study_uid, entry.series_uid

        def move() -> None:
            with self._associated([(_MOVE, (_EXPLICIT, _IMPLICIT))]) as association:
                for status, _ in association.send_c_move(query, self.address.calling, _MOVE):
                    code = _code(status)
                    if problems:
                        raise problems[0]
                    if code is None:
                        raise ArchiveUnreachable(self._broken())
                    if code not in (*_PENDING, _SUCCESS):
                        raise ArchiveRefused(self._move_refusal(code))

        listener = AE(ae_title=self.address.calling)
        for kind in _RECEIVED:
            listener.add_supported_context(kind, list(_SYNTAXES))
        at = (self.address.receive_host, self.address.receive_port)
        try:
            server = listener.start_server(at, block=False, evt_handlers=[(evt.EVT_C_STORE, receive)])
        except OSError as error:
            raise EnvironmentFailure(
                f"cannot listen on port {self.address.receive_port} ({error.strerror}); give another"
                " --receive-port"
            ) from error
        if server is None:
            raise EnvironmentFailure(f"cannot listen on port {self.address.receive_port}")
        try:
            self._tried(move)
        finally:
            server.shutdown()
        missing = sum(not (folder / file_name(uid)).exists() for uid in wanted)
        if missing:
            raise ArchiveUnreachable(
                f"{missing} of {len(wanted)} objects of a series did not arrive from {self.name}; run the"
                " command again to go on"
            )
        return len(wanted) - old, old

    def _move_refusal(self, code: int) -> str:
        if code == 0xA801:
            return (
                f"{self.name} does not know {self.address.calling} (status A801): tell it the host and port"
                " on which we listen"
            )
        return f"{self.name} cannot send the series (status {code:04X})"

    def store(self, paths: Sequence[Path]) -> StoreReport:
        """Send files (C-STORE).

        Raises
        ------
        EnvironmentFailure
            If the archive cannot be reached; files that it took stay there.
        """
        from pydicom import dcmread

        contexts: dict[tuple[str, str], None] = {}
        uids: dict[Path, tuple[str, str, str]] = {}
        for path in paths:
            header = dcmread(
                path,
                specific_tags=["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"],
                stop_before_pixels=True,
            )
            contexts[str(header.SOPClassUID), str(header.file_meta.TransferSyntaxUID)] = None
            uids[path] = (
                str(header.StudyInstanceUID),
                str(header.SeriesInstanceUID),
                str(header.SOPInstanceUID),
            )
        if len(contexts) > _CONTEXTS:
            raise UsageError(f"{len(contexts)} kinds of objects at once; store fewer files at a time")
        there = self._there({(study, series) for study, series, _ in uids.values()})
        todo = [path for path in paths if uids[path][2] not in there]
        present = len(paths) - len(todo)
        done: set[Path] = set()
        failed: dict[Path, str] = {}

        def send() -> None:
            offered = [(kind, (syntax,)) for kind, syntax in _with_plain(contexts)]
            with self._associated(offered) as association:
                for path in todo:
                    if path in done or path in failed:
                        continue
                    try:
                        code = _code(association.send_c_store(_as_taken(dcmread(path), association)))
                    except ValueError:
                        failed[path] = "the archive does not take this kind of object"
                        continue
                    if code is None:
                        raise ArchiveUnreachable(self._broken())
                    if code == _SUCCESS or code in _WARNINGS:
                        done.add(path)
                    elif code & 0xFF00 == _OUT_OF_ROOM:
                        failed[path] = f"refused with status {code:04X}: out of room"
                    else:
                        failed[path] = f"refused with status {code:04X}"

        if todo:
            self._tried(send)
        return StoreReport(len(done), present, tuple((path.name, failed[path]) for path in failed))

    def _there(self, series: set[tuple[str, str]]) -> set[str]:
        """What the archive has already; nothing where it does not answer queries."""
        try:
            return {uid for study, one in series for uid in self.instances(study, one)}
        except ArchiveRefused:
            return set()

    @contextmanager
    def _associated(self, contexts: Sequence[tuple[str, Sequence[str]]]) -> Iterator[Association]:
        from pynetdicom import AE

        own: ApplicationEntity = AE(ae_title=self.address.calling)
        for kind, syntaxes in contexts:
            own.add_requested_context(kind, list(syntaxes))
        own.acse_timeout = own.dimse_timeout = own.network_timeout = self.address.timeout_s
        own.connection_timeout = min(10.0, self.address.timeout_s)
        association = own.associate(
            self._host(),
            self.address.port,
            ae_title=self.address.called,
            tls_args=None if self._context is None else (self._context, self.address.host),
        )
        if association.is_rejected:
            raise ArchiveRefused(
                f"{self.name} does not accept {self.address.calling} as caller of {self.address.called}: have"
                " the two names entered there"
            )
        if not association.is_established:
            if association.is_aborted and not association.accepted_contexts and association.rejected_contexts:
                raise ArchiveRefused(f"{self.name} offers none of the services that are needed")
            raise ArchiveUnreachable(self._broken())
        try:
            yield association
        finally:
            if association.is_established:
                association.release()

    def _host(self) -> str:
        try:
            return str(socket.gethostbyname(self.address.host))
        except OSError as error:
            raise ArchiveUnreachable(f"{self.name}: no such host; check the address") from error

    def _broken(self) -> str:
        return (
            f"{self.name} does not answer or broke the association (after {self.address.attempts} attempts);"
            " is it running? Run the command again to go on"
        )

    def _tried(self, action: Callable[[], _T]) -> _T:
        return attempts(
            action,
            passing=lambda error: isinstance(error, ArchiveUnreachable),
            kinds=(ArchiveUnreachable,),
            most=self.address.attempts,
            wait=lambda n: time.sleep(self.address.pause_s * 2.0 ** (n - 1)),
        )


def _code(status: Any) -> int | None:
    """Status of an answer; None where none came."""
    return int(status.Status) if status is not None and "Status" in status else None


def _write(event: Any, folder: Path, problems: list[EnvironmentFailure]) -> int:
    """Write what arrived; a full disk is told to the archive and kept for the message."""
    content = event.dataset
    content.file_meta = event.file_meta
    try:
        write_dicom(content, folder / file_name(str(content.SOPInstanceUID)))
    except EnvironmentFailure as error:
        problems.append(error)
        return _OUT_OF_ROOM
    return _SUCCESS


def _with_plain(contexts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Kinds of objects with their transfer syntaxes; those in run lengths are offered without too."""
    plain = [(kind, _EXPLICIT) for kind, syntax in contexts if syntax == RLE_LOSSLESS]
    return tuple(dict.fromkeys([*contexts, *plain]))


def _as_taken(content: Dataset, association: Association) -> Dataset:
    """An object as the archive takes it: run lengths are undone, without loss, where it refuses them."""
    taken = {
        (str(context.abstract_syntax), str(context.transfer_syntax[0]))
        for context in association.accepted_contexts
    }
    kind = str(content.SOPClassUID)
    if content.file_meta.TransferSyntaxUID == RLE_LOSSLESS and (kind, RLE_LOSSLESS) not in taken:
        content.decompress(generate_instance_uid=False)
    return content
