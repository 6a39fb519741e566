"""The words that code branches on. Words that IG leads coin stay strings, checked on loading.

Every fact has the word `unknown`, and `unknown` is treated as the protective value.
"""

from enum import StrEnum

UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What policy answers for one category, most protective first (declaration order counts)."""

    DENY = "deny"
    REFER_HUMAN = "refer-human"
    PERMIT_VERBAL_ONLY = "permit-verbal-only"
    PERMIT_REDACTED = "permit-redacted"
    PERMIT = "permit"

    @property
    def width(self) -> int:
        """0 (deny) to 4 (permit): how much the outcome lets go."""
        return tuple(Outcome).index(self)

    @property
    def releases(self) -> bool:
        """Whether something leaves in writing."""
        return self in (Outcome.PERMIT, Outcome.PERMIT_REDACTED)


class SubjectRole(StrEnum):
    """Whose data it is, or whom a mention in a text means."""

    VICTIM = "victim"
    PERPETRATOR = "perpetrator"
    CHILD = "child"
    OTHER_CHILD = "other-child"
    OTHER_VICTIM = "other-victim"
    THIRD_PARTY = "third-party"
    INFORMANT = "informant"
    PROFESSIONAL = "professional"


class ConsentStatus(StrEnum):
    """Where consent stands; never the same thing as the lawful basis (domain brief 2.4)."""

    GIVEN_EXPLICIT = "given-explicit"
    GIVEN_VERBAL = "given-verbal"
    GIVEN_LIMITED = "given-limited"
    NOT_SOUGHT_UNSAFE = "not-sought-unsafe"
    NOT_SOUGHT_IMPRACTICAL = "not-sought-impractical"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LACKS_CAPACITY = "lacks-capacity"
    GIVEN_SUSPECTED_COERCED = "given-suspected-coerced"
    REFUSED_SUSPECTED_COERCED = "refused-suspected-coerced"
    CHILD_GILLICK_COMPETENT = "child-gillick-competent"
    PARENTAL = "parental"
    UNKNOWN = "unknown"


class RiskLevel(StrEnum):
    """The assessor's judgement, not a score (domain brief 2.5)."""

    STANDARD = "standard"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH_IMMINENT = "very-high-imminent"
    UNKNOWN = "unknown"


class CaseListing(StrEnum):
    """Whether this case stands on a meeting's list for this agency."""

    LISTED = "listed"
    LISTED_RESTRICTED = "listed-restricted"
    NOT_LISTED = "not-listed"
    CLOSED = "closed"
    EMERGENCY = "emergency"
    UNKNOWN = "unknown"


class Conflict(StrEnum):
    """Whether the requester or recipient is tied to somebody in the case.

    `dual-client` is their agency's, not theirs: it serves both sides (rule C03).
    """

    NONE = "none"
    DUAL_CLIENT = "dual-client"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    UNKNOWN = "unknown"


class ApprovalKind(StrEnum):
    """Who, other than the requester, has approved."""

    NONE = "none"
    MANAGER = "manager"
    CALDICOTT = "caldicott"
    IG_LEAD = "ig-lead"
    UNKNOWN = "unknown"


class EventKind(StrEnum):
    """What the log records. Part of the log's format: add, never rename or reuse."""

    BROKER_STARTED = "broker-started"
    POLICY_LOADED = "policy-loaded"
    AGENCY_REGISTERED = "agency-registered"
    PRACTITIONER_REGISTERED = "practitioner-registered"
    SYSTEM_REGISTERED = "system-registered"
    KEY_REGISTERED = "key-registered"
    KEY_REVOKED = "key-revoked"
    CASE_RECORDED = "case-recorded"
    MEETING_LISTED = "meeting-listed"
    CONSENT_CHANGED = "consent-changed"
    DECISION = "decision"
    SOURCE_FAILED = "source-failed"
    HELD_FOR_PERSON = "held-for-person"
    DISCLOSURE = "disclosure"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery-failed"
    ACKNOWLEDGED = "acknowledged"
    REQUEST_REJECTED = "request-rejected"
    REJECTIONS_COUNTED = "rejections-counted"
    LIST_READ = "list-read"
    TIMELINE_READ = "timeline-read"
    DISCLOSURE_READ = "disclosure-read"
    POLICY_DRAFTED = "policy-drafted"
    POLICY_SUBMITTED = "policy-submitted"
    POLICY_APPROVED = "policy-approved"
    POLICY_PUBLISHED = "policy-published"
    POLICY_ROLLBACK_ASKED = "policy-rollback-asked"
    POLICY_ROLLED_BACK = "policy-rolled-back"
    POLICY_IN_FORCE = "policy-in-force"
    POLICY_REFUSED = "policy-refused"
    POLICY_ALARM = "policy-alarm"
    POLICY_ASKED = "policy-asked"
    DELIVERY_STOPPED = "delivery-stopped"
    TASK_DONE = "task-done"
    TASKS_READ = "tasks-read"
    KEYS_READ = "keys-read"
    REVIEWS_READ = "reviews-read"
    REVIEW_READ = "review-read"
    REVIEW_EDITED = "review-edited"
    REVIEW_APPROVED = "review-approved"
    REVIEW_RELEASED = "review-released"
    REVIEW_REFUSED = "review-refused"
    REVIEW_OVERDUE = "review-overdue"
    REVIEW_EXPIRED = "review-expired"
    HOLD_CHANGED = "hold-changed"
    CASE_ERASED = "case-erased"
    PACKAGE_DROPPED = "package-dropped"
    PERIOD_BEGUN = "period-begun"
    PERIOD_ERASED = "period-erased"
    KEYS_REWRAPPED = "keys-rewrapped"
    TERM_KEY_DESTROYED = "term-key-destroyed"
    RETENTION_READ = "retention-read"
    LOG_EXPORTED = "log-exported"
    LOG_KEY_ROTATED = "log-key-rotated"
    BROKER_KEY_ROTATED = "broker-key-rotated"
    LOG_SEARCHED = "log-searched"
    CHALLENGE_OPENED = "challenge-opened"
    CHALLENGE_ANSWERED = "challenge-answered"
    CHALLENGE_CLOSED = "challenge-closed"
    CHALLENGES_READ = "challenges-read"
    ALERT_RAISED = "alert-raised"
    ALERT_ACKNOWLEDGED = "alert-acknowledged"
    ALERTS_READ = "alerts-read"
    DATABASE_COPIED = "database-copied"
    DATABASE_RESTORED = "database-restored"
    OPENED_RECEIPT = "opened-receipt"
    RECEIPT_OVERDUE = "receipt-overdue"
