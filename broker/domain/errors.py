"""Every way in which the broker breaks a promise it made, as one small tree.

    BrokerError
     +- AuthenticationError        who is asking could not be proved
     +- InvalidRequestError        the request says something it may not say
     +- IdempotencyConflictError   the same key came with another request
     +- CaseChangedError           the case is no longer the one that was decided on
     +- PolicyLoadError            a policy file cannot be read as written
     +- PolicyChangedError         the rules are no longer those that were decided by
     +- PublicationError           a published policy is not what was signed, or does not load
     +- SourceError                the holder's system
     |   +- SourceUnavailableError     did not answer in time
     |   +- SourceMismatchError        answered with something that was not asked for
     +- RedactionError             a record could not be redacted; nothing of it leaves
     |   +- DocumentRefusedError       one document; the record may go without it
     +- EnvelopeError              keys
     |   +- NoRecipientKeyError        the recipient has no key that is valid now
     |   +- PackageRefusedError        a package did not pass one of its checks
     |   +- CustodyError               our own key cannot be used
     |   +- KeyServiceError            our own keys cannot be reached now
     +- LedgerError                the disclosure log
     |   +- LedgerUnavailableError     could not be written, so nothing is released
     |   +- LedgerVerificationError    does not verify; names the entry
     |   +- LeaseLostError             a package is somebody else's to deliver by now
     +- DeliveryError              the recipient's mailbox did not take the package
     +- SettingsError              the process cannot start as it is configured

A *no* is not an error: refusals and referrals are values (see decision). A message says what to
do next, is written for a person, and never holds personal data, content or a key.
"""


class BrokerError(Exception):
    """Base of everything raised on purpose; `args[0]` is one sentence that says what to do."""


class AuthenticationError(BrokerError):
    """Who is asking could not be proved."""


class InvalidRequestError(BrokerError):
    """The request is well formed but says something it may not say."""


class IdempotencyConflictError(BrokerError):
    """The same idempotency key arrived with a different request."""


class CaseChangedError(BrokerError):
    """The case is no longer the one that was decided on: consent may be withdrawn. Ask again."""


class PolicyLoadError(BrokerError):
    """A policy file cannot be read; `problems` are sentences with file, line and column."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        """Keep every problem, so that an IG lead mends a file once."""
        super().__init__("\n".join(problems))
        self.problems = problems


class PolicyChangedError(BrokerError):
    """Another policy came into force after the decision. Decide again by the one in force."""


class PublicationError(BrokerError):
    """A published policy may not come into force; `fault` is a word for the log."""

    def __init__(self, fault: str, advice: str) -> None:
        """Say what is wrong in a word of a fixed list, and what to do in a sentence."""
        super().__init__(advice)
        self.fault = fault


class SourceError(BrokerError):
    """The holder's system broke its contract."""


class SourceUnavailableError(SourceError):
    """The holder's system did not answer within its time."""


class SourceMismatchError(SourceError):
    """The holder's system answered with something that was not asked for."""


class RedactionError(BrokerError):
    """A record could not be redacted; nothing of it leaves."""


class DocumentRefusedError(RedactionError):
    """One document cannot be redacted; `why` is a word of documents.WhyLeftOut."""

    def __init__(self, message: str, why: str) -> None:
        """Keep the word, for the package and the log."""
        super().__init__(message)
        self.why = why


class EnvelopeError(BrokerError):
    """Something about keys or packages."""


class NoRecipientKeyError(EnvelopeError):
    """The recipient has no key that is valid now."""


class PackageRefusedError(EnvelopeError):
    """A package failed one of the checks a recipient must make."""


class CustodyError(EnvelopeError):
    """One of our own keys cannot be used."""


class KeyServiceError(EnvelopeError):
    """Our own keys cannot be reached now; they, and what they sealed, are as they were."""


class LedgerError(BrokerError):
    """Something about the disclosure log."""


class LedgerUnavailableError(LedgerError):
    """The log could not be written, so nothing was released."""


class LedgerVerificationError(LedgerError):
    """The log does not verify; `entry` is the index of the first entry at fault, if one is."""

    def __init__(self, message: str, entry: int | None = None) -> None:
        """Name the entry, so that a person can look at it."""
        super().__init__(message)
        self.entry = entry


class LeaseLostError(LedgerError):
    """The lease on a package lapsed, and somebody else delivers it or has: nothing was written."""


class DeliveryError(BrokerError):
    """The recipient's mailbox did not take the package; it stays in the outbox."""


class SettingsError(BrokerError):
    """The process cannot start as it is configured."""
