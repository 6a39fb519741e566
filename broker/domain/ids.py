"""Names for things that look alike, so that one cannot be passed for another."""

from typing import NewType

AgencyId = NewType("AgencyId", str)
"""One organisation of the partnership, such as `ashmere-police`."""
PractitionerId = NewType("PractitionerId", str)
"""One professional, as the agency's identity provider names them (the token's `sub`)."""
CaseId = NewType("CaseId", str)
"""One MARAC case, such as `MR-0417`."""
SubjectId = NewType("SubjectId", str)
"""One person the information is about, inside one case."""
MeetingId = NewType("MeetingId", str)
RequestId = NewType("RequestId", str)
"""One share request: the client's idempotency key, 8 to 64 of `[A-Za-z0-9_-]`."""
DisclosureId = NewType("DisclosureId", str)
"""One answer to one request: 32 hex digits, random."""
RuleId = NewType("RuleId", str)
"""One line of the policy pack, such as `R07-identity`."""
PolicyVersion = NewType("PolicyVersion", str)
"""SHA-256 over every file of the pack, in hex."""
Thumbprint = NewType("Thumbprint", str)
"""RFC 7638 SHA-256 thumbprint of a public key, base64url without padding."""
CaseTag = NewType("CaseTag", str)
"""A case as the log names it: a salted token, 32 hex digits; says nothing without the salt."""
Token = NewType("Token", str)
"""Anything personal as the log names it: salted like a CaseTag."""

Purpose = NewType("Purpose", str)
"""A word of vocabulary.csv, fact `purpose`."""
Category = NewType("Category", str)
"""A word of vocabulary.csv, fact `category`."""
AgencyKind = NewType("AgencyKind", str)
"""A word of vocabulary.csv, facts `requester_agency`, `holder_agency`, `recipient_agency`."""
Role = NewType("Role", str)
"""A word of vocabulary.csv, fact `requester_role`."""
