"""Reads a case-recording system's REST API, such as a children's social care system's.

API 1 and 2; fields may be added by raising `version`, never renamed:
    GET {url}/people/{reference}/records?category=a,b&since=YYYY-MM-DD[&cursor=...]
    Authorization: Bearer <key>
    200 {"version": 1, "person": ..., "records": [...], "next": cursor or null};  404: nobody
    version 2: each record may also have "documents": [{"name": ..., "content": base64}, ...]
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from broker.domain.documents import SourceDocument
from broker.domain.errors import SourceMismatchError
from broker.domain.ids import Category
from broker.domain.record import RecordItem, RecordQuery
from connectors.deadline import Deadline
from connectors.http import HttpApi, HttpReader
from connectors.references import can_be_reference
from connectors.router import MAX_FETCH_SECONDS

MAX_PAGES: Final = 20
"""Pages of one person's record; more is refused, never cut."""
_PROBE: Final = "nobody"


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class RestField(_Strict):
    """One field of a record."""

    name: str
    value: str


class RestDocument(_Strict):
    """One file of a record; its name says the kind."""

    model_config = ConfigDict(val_json_bytes="base64")

    name: str
    content: bytes


class RestRecord(_Strict):
    """One record as the API sends it; `documents` from version 2 on."""

    id: str
    person: str
    category: str
    title: str
    recorded_on: date | None
    fields: tuple[RestField, ...]
    text: str | None
    documents: tuple[RestDocument, ...] = ()


class RestPage(_Strict):
    """One page as the API sends it."""

    version: Literal[1, 2]
    person: str
    records: tuple[RestRecord, ...]
    next: str | None

    @model_validator(mode="after")
    def _no_documents_in_1(self) -> Self:
        if self.version == 1 and any("documents" in one.model_fields_set for one in self.records):
            raise ValueError("version 1 has no documents")
        return self


class RestConnector:
    """Implements `ports.Connector` over API 1."""

    def __init__(self, *, agency: str, api: HttpApi) -> None:
        """Take the API, with the broker's key to it."""
        self._name = f"rest {agency}"
        self._reader = HttpReader(name=self._name, api=api, accept="application/json")

    def __repr__(self) -> str:
        """Name the system only."""
        return f"RestConnector({self._name!r})"

    @property
    def name(self) -> str:
        """Kind and agency."""
        return self._name

    def fetch(self, query: RecordQuery) -> Sequence[RecordItem]:
        """Return the person's dated records of the asked categories."""
        if not query.categories or not can_be_reference(query.subject_ref):
            return ()
        return [
            _item(record)
            for page in self._pages(query)
            for record in page.records
            if record.recorded_on is not None and record.recorded_on >= query.since
        ]

    def check(self) -> str:
        """Ask about a person who cannot exist; a wrong key or address shows."""
        self.fetch(RecordQuery(subject_ref=_PROBE, categories=(Category(_PROBE),), since=date.max))
        return f"{self._name} answers and accepts the key."

    def _pages(self, query: RecordQuery) -> Iterator[RestPage]:
        deadline = Deadline(MAX_FETCH_SECONDS)
        # A dot alone would be a step in the path, which quoting leaves as it is.
        reference = quote(query.subject_ref, safe="").replace(".", "%2E")
        params = {"category": ",".join(query.categories), "since": query.since.isoformat()}
        for _ in range(MAX_PAGES):
            body = self._reader.get(f"people/{reference}/records", deadline, params)
            if body is None:
                return
            page = self._page(body)
            if page.person != query.subject_ref:
                raise SourceMismatchError(
                    f"{self._name} answered with another person: report it to the holder."
                )
            yield page
            if page.next is None:
                return
            params = {**params, "cursor": page.next}
        raise SourceMismatchError(
            f"{self._name} answered with over {MAX_PAGES} pages: narrow the dates or categories."
        )

    def _page(self, body: bytes) -> RestPage:
        try:
            return RestPage.model_validate_json(body)
        except ValidationError as error:
            places = {".".join(map(str, one["loc"])) for one in error.errors(include_input=False)}
            raise SourceMismatchError(
                f"{self._name} answered outside the API (at {min(places)}): report this to it."
            ) from None


def _item(record: RestRecord) -> RecordItem:
    return RecordItem(
        item_id=record.id,
        subject_ref=record.person,
        category=Category(record.category),
        title=record.title,
        recorded_on=record.recorded_on,
        text=record.text,
        fields=tuple((one.name, one.value) for one in record.fields),
        documents=tuple(
            SourceDocument(name=one.name, content=one.content) for one in record.documents
        ),
    )
