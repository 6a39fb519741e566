"""The county's own systems, running for real on loopback: each in the software of its kind."""
