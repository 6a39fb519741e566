"""Attacks by a mailbox, or by its address, on delivery."""

import pytest

from broker.domain.errors import DeliveryError
from broker.domain.ids import DisclosureId
from connectors.mailbox import HttpMailbox
from tests.hostile import hostile_server, response


@pytest.fixture
def mailbox() -> HttpMailbox:
    """The broker's side of delivery."""
    return HttpMailbox()


@pytest.mark.parametrize("status", ["302 Found", "400 No", "404 No", "409 Other", "500 Oops"])
def test_mailbox_that_does_not_take_the_package_is_told_so(
    mailbox: HttpMailbox, status: str
) -> None:
    """Only an explicit yes counts as delivered; a redirect is not one."""
    with (
        hostile_server(lambda _: response(b"", status=status)) as url,
        pytest.raises(DeliveryError, match=status[:3]),
    ):
        mailbox.deliver(url, DisclosureId("a" * 32), b"sealed")


@pytest.mark.parametrize(
    "url",
    [
        "http://mailbox.example/box",
        "http://127.0.0.1:9/box/../other",
        "http://127.0.0.1:9/box?agency=other",
        "http://127.0.0.1:9/box",
        "",
    ],
)
def test_unusable_mailbox_address_leaves_the_package_in_the_outbox(
    mailbox: HttpMailbox, url: str
) -> None:
    """Addresses that climb, lack encryption or do not answer are told without the address."""
    with pytest.raises(DeliveryError) as failed:
        mailbox.deliver(url, DisclosureId("a" * 32), b"sealed")

    assert "127.0.0.1" not in str(failed.value)


@pytest.mark.parametrize("disclosure", ["../../other/packages/x", "A" * 32, "a" * 31, "", "a?b=c"])
def test_disclosure_id_cannot_change_the_address(mailbox: HttpMailbox, disclosure: str) -> None:
    """What is not a disclosure id is delivered nowhere, whatever the mailbox would say."""
    reached: list[str] = []

    def welcoming(target: str) -> bytes:
        reached.append(target)
        return response(b"", status="201 Created")

    with hostile_server(welcoming) as url, pytest.raises(DeliveryError):
        mailbox.deliver(url, DisclosureId(disclosure), b"sealed")

    assert reached == []


def test_silent_mailbox_does_not_hold_delivery_up(
    mailbox: HttpMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mailbox that accepts and never answers is given up; the package waits."""
    monkeypatch.setattr("connectors.mailbox.DELIVERY_SECONDS", 0.3)

    with hostile_server(lambda _: None) as url, pytest.raises(DeliveryError):
        mailbox.deliver(url, DisclosureId("a" * 32), b"sealed")
