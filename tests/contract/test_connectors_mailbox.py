"""Delivery into an agency's own mailbox: durable, exactly once, and for the agency's eyes only."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from broker.demo.systems.mailbox import MAX_PACKAGE_BYTES
from broker.demo.systems.running import RunningSystems, start_systems
from broker.domain.errors import DeliveryError
from broker.domain.ids import AgencyId, DisclosureId
from connectors.mailbox import HttpMailbox

HOUSING = AgencyId("ashmere-housing-la")
POLICE = AgencyId("ashmere-police")
ID = DisclosureId("0123456789abcdef" * 2)


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystems]:
    """The agencies' mailboxes, running."""
    with start_systems(tmp_path_factory.mktemp("systems"), {}, {}) as running:
        yield running


@pytest.fixture
def mailbox() -> HttpMailbox:
    """The broker's side of delivery."""
    return HttpMailbox()


def _get(systems: RunningSystems, path: str, key: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.get(f"{systems.mailboxes}/{path}", headers=headers, trust_env=False)


def _read(systems: RunningSystems, disclosure: DisclosureId) -> httpx.Response:
    return _get(systems, f"{HOUSING}/packages/{disclosure}", systems.mailbox_key(HOUSING))


def test_package_arrives_unchanged(systems: RunningSystems, mailbox: HttpMailbox) -> None:
    """What was put is what the agency fetches, byte for byte."""
    content = bytes(range(256)) * 40
    mailbox.deliver(systems.mailbox_url(HOUSING), ID, content)

    assert _read(systems, ID).content == content
    listed = _get(systems, f"{HOUSING}/packages", systems.mailbox_key(HOUSING)).json()
    assert ID in listed["packages"]


def test_delivery_may_be_repeated(systems: RunningSystems, mailbox: HttpMailbox) -> None:
    """After a crash the broker delivers again, which succeeds and changes nothing."""
    disclosure = DisclosureId("a" * 32)
    for _ in range(3):
        mailbox.deliver(systems.mailbox_url(HOUSING), disclosure, b"sealed")

    assert _read(systems, disclosure).content == b"sealed"


def test_package_is_not_replaced_by_another(systems: RunningSystems, mailbox: HttpMailbox) -> None:
    """Nobody can put something else in the place of what was delivered."""
    disclosure = DisclosureId("b" * 32)
    mailbox.deliver(systems.mailbox_url(HOUSING), disclosure, b"sealed")

    with pytest.raises(DeliveryError, match="409"):
        mailbox.deliver(systems.mailbox_url(HOUSING), disclosure, b"forged")
    assert _read(systems, disclosure).content == b"sealed"


def test_deliveries_that_race_leave_one_whole_package(
    systems: RunningSystems, mailbox: HttpMailbox
) -> None:
    """Two brokers delivering the same package at once both succeed, with one package there."""
    disclosure, content = DisclosureId("c" * 32), b"sealed" * 50_000
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda _: mailbox.deliver(systems.mailbox_url(HOUSING), disclosure, content),
                range(16),
            )
        )

    assert _read(systems, disclosure).content == content


def test_only_the_agency_reads_its_mailbox(systems: RunningSystems, mailbox: HttpMailbox) -> None:
    """Without the agency's own key a package looks as if it were not there."""
    disclosure = DisclosureId("d" * 32)
    mailbox.deliver(systems.mailbox_url(HOUSING), disclosure, b"sealed")

    for key in (None, "", "x", systems.mailbox_key(POLICE)):
        for path in (f"{HOUSING}/packages/{disclosure}", f"{HOUSING}/packages"):
            assert _get(systems, path, key).status_code == 404


def test_mailbox_takes_no_hostile_names(systems: RunningSystems) -> None:
    """Ids and agencies that climb out of the folder are not found."""
    for path in (
        f"{HOUSING}/packages/..%2f..%2f{'a' * 32}",
        f"{HOUSING}/packages/{'a' * 31}",
        f"{HOUSING}/packages/{'A' * 32}",
        f"..%2f{HOUSING}/packages/{'a' * 32}",
        f"-/packages/{'a' * 32}",
        f"{'x' * 65}/packages/{'a' * 32}",
    ):
        put = httpx.put(f"{systems.mailboxes}/{path}", content=b"x", trust_env=False)
        assert put.status_code in {404, 405}


def test_oversized_package_is_refused(systems: RunningSystems, mailbox: HttpMailbox) -> None:
    """A mailbox cannot be filled by one call."""
    with pytest.raises(DeliveryError):
        mailbox.deliver(
            systems.mailbox_url(HOUSING), DisclosureId("e" * 32), b"x" * (MAX_PACKAGE_BYTES + 1)
        )
    assert _read(systems, DisclosureId("e" * 32)).status_code == 404


def test_stopping_twice_is_harmless_and_final(tmp_path: Path, mailbox: HttpMailbox) -> None:
    """After the systems are stopped nothing answers any more."""
    running = start_systems(tmp_path, {}, {})
    running.stop()
    running.stop()

    with pytest.raises(DeliveryError, match="reached"):
        mailbox.deliver(running.mailbox_url(HOUSING), ID, b"sealed")
