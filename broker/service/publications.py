"""What a publication must be before its rules decide anything: a check over values, no reading."""

from broker.domain.errors import PublicationError
from broker.domain.policy import PolicyFiles, Publication, PublicationKind, StoredPublication
from broker.domain.policy_ports import PublicationSigner
from broker.ledger.publication import digest_files, read_statement

_ADVICE = "look at the alarm with the operator, then publish a version again"


def check_publication(
    stored: StoredPublication, files: PolicyFiles | None, signer: PublicationSigner
) -> Publication:
    """Return the signed statement, once everything stored agrees with it.

    Raises:
        PublicationError: it does not; `fault` says where.

    """
    signed = stored.signed
    if signed is None or not stored.as_logged:
        raise PublicationError("row", f"The row is not as it was logged: {_ADVICE}.")
    if not signer.holds(signed):
        raise PublicationError("signature", f"The signature is not this broker's: {_ADVICE}.")
    stated = read_statement(signed.statement)
    same = (stored.number, stored.version, stored.effective_at)
    if (stated.number, stated.version, stated.effective_at) != same:
        raise PublicationError("statement", f"The row says more than was signed: {_ADVICE}.")
    if files is None or digest_files(files) != stated.files:
        raise PublicationError("files", f"The files are not those that were signed: {_ADVICE}.")
    if not _of_two_people(stated):
        raise PublicationError("people", f"One person did what needs two: {_ADVICE}.")
    return stated


def _of_two_people(stated: Publication) -> bool:
    """Whether a second person approved, and another one joined in a rollback."""
    if stated.approver in (stated.author, stated.submitter):
        return False
    if stated.kind is PublicationKind.ROLLBACK:
        return stated.second not in (None, stated.publisher)
    return stated.kind is PublicationKind.PUBLICATION or bool(stated.reason)
