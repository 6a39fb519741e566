"""Reads which holder is asked through which connector, strictly.

Configuration format 1, from a JSON or YAML file; keys may be added, never renamed or reused:
    version: 1
    connectors:
      ashmere-police: {kind: sql, url: ..., tables: [{category: ..., table: ...}, ...]}
      ashmere-acute: {kind: fhir, url: ..., key_file: ..., identifier_system: ...}
      ashmere-housing-la:
        {kind: dropfolder, folder: ..., exports: {tenancies: tenancy}, documents: FOLDER}
      ashmere-childrens-social-care: {kind: rest, url: ..., key_file: ...}

An unknown kind or key stops the start. A key stands in the file itself (`key`) or, better, in a
file of its own (`key_file`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from broker.domain.errors import SettingsError
from broker.domain.ids import AgencyId, Category
from broker.domain.ports import Connector
from connectors.dropfolder import DropFolderConnector
from connectors.fhir import FhirConnector
from connectors.http import HttpApi
from connectors.rest import RestConnector
from connectors.sql import DetailTable, SqlConnector, TableMapping

MAX_KEY_BYTES: Final = 4_096
"""A bearer key; a longer file is not one."""

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
"""An agency id, a category or a kind of export."""


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class _Keyed(_Settings):
    url: str
    key: SecretStr | None = None
    key_file: Path | None = None
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.key is not None and self.key_file is not None:
            raise ValueError("give key or key_file, not both")
        return self

    def api(self) -> HttpApi:
        """Return the API, with the key read from its file if it has one."""
        key = self.key.get_secret_value() if self.key else None
        return HttpApi(
            url=self.url,
            key=_key_from(self.key_file) if self.key_file else key,
            ca_file=self.ca_file,
        )


def _key_from(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_KEY_BYTES).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"A key_file cannot be read ({type(error).__name__}): check its path and rights."
        ) from None


class FhirSettings(_Keyed):
    """A FHIR R4 API; `codes` maps `system|code` to a category."""

    kind: Literal["fhir"]
    identifier_system: str | None = None
    search_by: Literal["patient", "subject"] = "patient"
    codes: Mapping[Annotated[str, Field(pattern=r"^[^|]+\|[^|]+$")], Word] = {}

    def connector(self, agency: str) -> Connector:
        """Return the connector."""
        codes = {
            (system, code): Category(category)
            for (system, _, code), category in (
                (one.partition("|"), category) for one, category in self.codes.items()
            )
        }
        return FhirConnector(
            agency=agency,
            api=self.api(),
            identifier_system=self.identifier_system,
            codes=codes,
            search_by=self.search_by,
        )


class RestSettings(_Keyed):
    """A REST API as connectors.rest describes it."""

    kind: Literal["rest"]

    def connector(self, agency: str) -> Connector:
        """Return the connector."""
        api = self.api()
        if not api.key:
            raise SettingsError(f"The connector of {agency} needs a key: set key_file.")
        return RestConnector(agency=agency, api=api)


class DropFolderSettings(_Settings):
    """A folder of exports: which kind of file holds which category, and where documents lie."""

    kind: Literal["dropfolder"]
    folder: Path
    exports: Mapping[Word, Word] = Field(min_length=1)
    documents: Path | None = None

    def connector(self, agency: str) -> Connector:
        """Return the connector."""
        exports = {kind: Category(category) for kind, category in self.exports.items()}
        return DropFolderConnector(
            agency=agency, folder=self.folder, exports=exports, documents=self.documents
        )


class SqlSettings(_Settings):
    """A database and where the categories stand in it; see connectors.sql.TableMapping."""

    kind: Literal["sql"]
    url: SecretStr
    tables: tuple["SqlTable", ...] = Field(min_length=1)

    def connector(self, agency: str) -> Connector:
        """Return the connector."""
        return SqlConnector(
            agency=agency,
            url=self.url.get_secret_value(),
            tables=tuple(one.mapping() for one in self.tables),
        )


class SqlDetails(_Settings):
    """Further fields of an item, one row each."""

    table: str
    item_id: str
    position: str
    label: str
    value: str


class SqlTable(_Settings):
    """Where one category stands; `fields` maps a field's name to its column."""

    category: Word
    table: str
    item_id: str
    subject: str
    title: str
    recorded_on: str
    text: str | None = None
    fields: Mapping[str, str] = {}
    details: SqlDetails | None = None
    where: Mapping[str, str] = {}

    def mapping(self) -> TableMapping:
        """Return it as the connector takes it."""
        plain = self.model_dump(exclude={"fields", "details", "where", "category"})
        return TableMapping(
            **plain,
            category=Category(self.category),
            fields=tuple(self.fields.items()),
            details=DetailTable(**self.details.model_dump()) if self.details else None,
            where=tuple(self.where.items()),
        )


class _Configuration(_Settings):
    version: Literal[1]
    connectors: Mapping[
        Word,
        Annotated[
            SqlSettings | FhirSettings | DropFolderSettings | RestSettings,
            Field(discriminator="kind"),
        ],
    ]


def connectors_from(config: Mapping[str, object]) -> Mapping[AgencyId, Connector]:
    """Return the connectors of a configuration; none is opened yet.

    Raises:
        SettingsError: names every place that is wrong, never what stands there.

    """
    try:
        parsed = TypeAdapter(_Configuration).validate_python(config)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise SettingsError(
            "The connectors' configuration cannot be used; correct " + "; ".join(faults)
        ) from None
    return {AgencyId(name): one.connector(name) for name, one in parsed.connectors.items()}
