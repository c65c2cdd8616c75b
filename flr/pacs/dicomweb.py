"""An archive through DICOMweb: QIDO-RS, WADO-RS, STOW-RS."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from flr.errors import EnvironmentFailure, ReadError
from flr.pacs.address import CA_FILE, PASSWORD, TOKEN, USER, Address, Credentials, credentials
from flr.pacs.archive import (
    ArchiveRefused,
    ArchiveUnreachable,
    SeriesEntry,
    StoreReport,
    attempts,
    batches,
    file_name,
)
from flr.write.dicom.files import write_dicom

if TYPE_CHECKING:
    from requests import Session

_T = TypeVar("_T")

_BATCH_BYTES: Final = 32 << 20
_PASSING: Final = (408, 425, 429, 500, 502, 503, 504)
_PAGE: Final = 500
_STUDY, _SERIES, _INSTANCE = "0020000D", "0020000E", "00080018"
_MODALITY, _DESCRIPTION, _COUNT = "00080060", "0008103E", "00201209"


class WebArchive:
    """One archive that speaks DICOMweb.

    Parameters
    ----------
    address : Address
    found : Credentials, optional
        Those of the environment by default.

    Raises
    ------
    EnvironmentFailure
        If the extra ``[pacs]`` is not installed.
    """

    def __init__(self, address: Address, found: Credentials | None = None) -> None:
        try:
            from dicomweb_client import DICOMwebClient
        except ImportError as error:
            raise EnvironmentFailure(
                "DICOMweb needs dicomweb-client, which is not installed: pip install 'flr[pacs]'"
            ) from error
        # The library's log quotes identifiers.
        logging.getLogger("dicomweb_client").setLevel(logging.CRITICAL)
        self.address = address
        self._client: Any = DICOMwebClient(
            address.url,
            session=_session(found or credentials()),
            timeout=(min(10.0, address.timeout_s), address.timeout_s),
        )
        self._client.set_http_retry_params(retry=False)

    @property
    def name(self) -> str:
        """Host and port."""
        return urlsplit(self.address.url).netloc

    def studies(self, wanted: Mapping[str, str]) -> list[str]:
        """UIDs of the studies with these attributes (QIDO-RS)."""
        return [_text(row, _STUDY) for row in self._all("search_for_studies", wanted)]

    def series(self, wanted: Mapping[str, str]) -> list[SeriesEntry]:
        """Series with these attributes (QIDO-RS)."""
        return [
            SeriesEntry(
                _text(row, _STUDY) or wanted.get("StudyInstanceUID", ""),
                _text(row, _SERIES),
                _text(row, _MODALITY),
                _text(row, _DESCRIPTION),
                _whole(row, _COUNT),
            )
            for row in self._all("search_for_series", wanted)
        ]

    def instances(self, study_uid: str, series_uid: str = "") -> list[str]:
        """SOP instances of a study or a series (QIDO-RS)."""
        wanted = {"StudyInstanceUID": study_uid}
        if series_uid:
            wanted["SeriesInstanceUID"] = series_uid
        return [_text(row, _INSTANCE) for row in self._all("search_for_instances", wanted)]

    def _all(self, search: str, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
        """Every page of an answer."""
        filters = dict(wanted)
        places = {}
        if study := filters.pop("StudyInstanceUID", None):
            places["study_instance_uid"] = study
        if search == "search_for_studies" and study:
            filters["StudyInstanceUID"], places = study, {}
        if search == "search_for_instances" and (series := filters.pop("SeriesInstanceUID", None)):
            places["series_instance_uid"] = series
        asked = {"fields": ["NumberOfSeriesRelatedInstances"]} if search == "search_for_series" else {}
        rows: list[dict[str, Any]] = []
        while True:
            page: list[dict[str, Any]] = self._tried(
                partial(
                    getattr(self._client, search),
                    search_filters=filters or None,
                    limit=_PAGE,
                    offset=len(rows),
                    **places,
                    **asked,
                )
            )
            rows += page
            if len(page) < _PAGE:
                return rows

    def retrieve(self, entry: SeriesEntry, folder: Path) -> tuple[int, int]:
        """Bring a series into a folder, file by file (WADO-RS); a file that is there is whole and stays.

        Raises
        ------
        EnvironmentFailure
            If the archive stops answering or the disk is full; what has come so far stays.
        """
        new = old = 0
        for uid in self.instances(entry.study_uid, entry.series_uid):
            path = folder / file_name(uid)
            if path.exists():
                old += 1
                continue
            content = self._tried(
                partial(
                    self._client.retrieve_instance,
                    entry.study_uid,
                    entry.series_uid,
                    uid,
                    media_types=(("application/dicom", "*"),),
                )
            )
            if str(content.get("SOPInstanceUID", "")) != uid:
                raise ReadError(f"{self.name} answered with another object than the one that was asked for")
            write_dicom(content, path)
            new += 1
        return new, old

    def store(self, paths: Sequence[Path]) -> StoreReport:
        """Send files (STOW-RS) that the archive does not have yet.

        Raises
        ------
        EnvironmentFailure
            If the archive cannot be reached or refuses everything; files that it took stay there.
        """
        from pydicom import dcmread

        keys = ["SOPInstanceUID", "StudyInstanceUID"]
        uids = {}
        studies = set()
        for path in paths:
            header = dcmread(path, specific_tags=keys, stop_before_pixels=True)
            uids[path] = str(header.SOPInstanceUID)
            studies.add(str(header.StudyInstanceUID))
        there = {uid for study in studies for uid in self.instances(study)}
        missing = [path for path in paths if uids[path] not in there]
        failed: list[tuple[str, str]] = []
        for group in batches(missing, _BATCH_BYTES):
            answer = self._tried(partial(self._post, group))
            reasons = _failures(answer)
            failed += [(path.name, reasons[uids[path]]) for path in group if uids[path] in reasons]
        return StoreReport(len(missing) - len(failed), len(paths) - len(missing), tuple(failed))

    def _post(self, group: Sequence[Path]) -> Any:
        """Send files together; the archive's answer about each, also where it took none of them (409)."""
        import requests
        from pydicom import Dataset, dcmread

        try:
            return self._client.store_instances([dcmread(path) for path in group])
        except requests.exceptions.HTTPError as error:
            refusal = error.response
            if refusal is None or refusal.status_code != 409:
                raise
            answer = _json(refusal)
            if not answer:
                raise
            return Dataset.from_json(answer)

    def _tried(self, action: Callable[[], _T]) -> _T:
        with self._told():
            return attempts(
                action,
                passing=_may_pass,
                kinds=_failures_of_requests(),
                most=self.address.attempts,
                wait=lambda n: time.sleep(self.address.pause_s * 2.0 ** (n - 1)),
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Failures of the network as one message that quotes nothing of the request."""
        import requests

        try:
            yield
        except requests.exceptions.SSLError as error:
            raise ArchiveRefused(
                f"{self.name} does not show a certificate that is trusted; set {CA_FILE} to the authority's"
                " PEM file"
            ) from error
        except requests.exceptions.HTTPError as error:
            raise self._refusal(error) from error
        except (requests.exceptions.RequestException, ConnectionError, TimeoutError) as error:
            raise ArchiveUnreachable(
                f"{self.name} does not answer or broke the connection ({type(error).__name__}, after"
                f" {self.address.attempts} attempts); is it running? Run the command again to go on"
            ) from error
        except (ValueError, KeyError) as error:
            if isinstance(error, ReadError):
                raise
            raise ArchiveRefused(
                f"{self.name} gives an answer that is not DICOMweb; is the URL the root of DICOMweb?"
            ) from error

    def _refusal(self, error: Any) -> EnvironmentFailure:
        status = error.response.status_code if error.response is not None else 0
        match status:
            case 401:
                message = f"asks for other credentials (401): set {TOKEN}, or {USER} and {PASSWORD}"
            case 403:
                message = "does not allow this to these credentials (403): ask its administrator"
            case 404:
                message = "has nothing at this address (404): is the URL the root of DICOMweb?"
            case 400 | 409 | 413 | 415:
                message = f"refuses the objects ({status}): ask its administrator which kinds it takes"
            case 507:
                message = "has no room left (507): ask its administrator"
            case _ if status in _PASSING:
                return ArchiveUnreachable(
                    f"{self.name} fails at every attempt ({status}); run the command again to go on"
                )
            case _:
                message = f"refuses the request ({status})"
        return ArchiveRefused(f"{self.name} {message}")


def _session(found: Credentials) -> Session:
    import requests

    class Bearer(requests.auth.AuthBase):
        """A token, also where the user's .netrc knows the host."""

        def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
            request.headers["Authorization"] = f"Bearer {found.token}"
            return request

    session = requests.Session()
    if found.token:
        session.auth = Bearer()
    elif found.user:
        session.auth = (found.user, found.password)
    if found.ca_file:
        session.verify = found.ca_file
    if found.certificate:
        session.cert = (found.certificate, found.key) if found.key else found.certificate
    return session


def _failures_of_requests() -> tuple[type[Exception], ...]:
    import requests

    return (requests.exceptions.RequestException, ConnectionError, TimeoutError)


def _may_pass(error: Exception) -> bool:
    import requests

    if isinstance(error, requests.exceptions.SSLError):
        return False
    if isinstance(error, requests.exceptions.HTTPError):
        return error.response is not None and error.response.status_code in _PASSING
    return True


def _json(response: Any) -> dict[str, Any]:
    """What an answer says, empty where it is no JSON."""
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _text(row: Mapping[str, Any], tag: str) -> str:
    values = row.get(tag, {}).get("Value") or [""]
    return str(values[0])


def _whole(row: Mapping[str, Any], tag: str) -> int | None:
    text = _text(row, tag)
    return int(text) if text.isdigit() else None


def _failures(answer: Any) -> dict[str, str]:
    """SOP instance to the reason, of what was not stored; many archives add an empty list of failures."""
    return {
        str(item.get("ReferencedSOPInstanceUID", "")): f"refused with reason {_reason(item)}"
        for item in answer.get("FailedSOPSequence") or ()
    }


def _reason(item: Any) -> str:
    code = int(item.get("FailureReason", 0) or 0)
    words = {
        0x0110: "processing failure",
        0x0111: "duplicate instance with other content",
        0x0122: "kind of object not supported",
        0x0124: "not authorised",
        0xA700: "out of room",
        0xA900: "does not match its kind",
        0xC000: "cannot be understood",
    }.get(code, "not explained")
    return f"{code:04X}: {words}"
