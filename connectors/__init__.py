"""Reads of the holders' systems, deliveries to recipients' mailboxes, and proof of who asks."""
