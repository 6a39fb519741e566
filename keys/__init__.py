"""Envelopes, our own private keys, recipients' keys, and personal data at rest."""
